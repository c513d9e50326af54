/// A setting that cannot be used.
///
/// The message names the key, the value and what is allowed, and never shows a secret.
struct ConfigurationError: Error, CustomStringConvertible, Equatable {
    /// What is wrong, in one line.
    let description: String

    /// Creates an error from a line of its own.
    init(_ description: String) {
        self.description = description
    }

    /// Creates an error about a key's value.
    init(_ key: ConfigurationKey, value: String, allowed: String) {
        let shown = key.isSecret ? "its value (not shown)" : "'\(value.prefix(100))'"
        self.init("\(key.name): \(shown) is not allowed; use \(allowed) (set by \(key.places))")
    }
}
