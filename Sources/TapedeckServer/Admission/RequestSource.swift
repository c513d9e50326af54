/// Who shares one allowance of requests.
enum RequestSource: Hashable, Sendable {
    /// The operator.
    case admin
    /// A bot with a token, by its configured name.
    case bot(String)
    /// A client that names itself, where no tokens are set.
    case named(String)
    /// Everybody else at one network address.
    case address(String)

    /// What metrics call it: one of the configured names, or a word for all others, so that no client makes labels.
    var label: String {
        switch self {
        case .admin: "admin"
        case .bot(let name): name
        case .named: "(named by itself)"
        case .address: "(unnamed)"
        }
    }
}
