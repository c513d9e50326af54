/// Where the value of a setting comes from.
enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
    /// A flag of the command line, with its dashes.
    case flag(String)
    /// An environment variable.
    case environment(String)
    /// The configuration file at this path.
    case file(String)
    /// Nothing sets it.
    case fallback

    /// The kind, a word for machines.
    var name: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file: "file"
        case .fallback: "default"
        }
    }

    /// Which flag, variable or file; nil for the default.
    var detail: String? {
        switch self {
        case .flag(let name), .environment(let name), .file(let name): name
        case .fallback: nil
        }
    }

    /// The kind with the flag, variable or file.
    var description: String { self.detail.map { "\(self.name) \($0)" } ?? self.name }
}
