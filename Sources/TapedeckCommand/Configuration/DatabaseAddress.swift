/// Looks for secrets in database addresses.
enum DatabaseAddress {
    /// Whether an address holds a password: behind the user, or as a parameter.
    static func holdsPassword(_ url: String) -> Bool {
        guard let scheme = url.firstIndex(of: ":"), url[..<scheme].lowercased().hasPrefix("postgres") else {
            return false
        }
        let rest = url[scheme...].drop { $0 == ":" || $0 == "/" }
        if rest.lowercased().contains("password=") { return true }
        guard let at = rest.lastIndex(of: "@") else { return false }
        return rest[..<at].contains(":")
    }
}
