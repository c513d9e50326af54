/// Looks for secrets in database addresses.
enum DatabaseAddress {
    /// Whether an address holds a password: behind the user, or as a parameter.
    static func holdsPassword(_ url: String) -> Bool {
        guard let scheme = url.firstIndex(of: ":"), url[..<scheme].lowercased().hasPrefix("postgres") else {
            return false
        }
        // The user may be empty, so that the password's colon is the first character: only the slashes go.
        let rest = url[url.index(after: scheme)...].drop { $0 == "/" }
        if rest.lowercased().contains("password=") { return true }
        guard let at = rest.lastIndex(of: "@") else { return false }
        return rest[..<at].contains(":")
    }
}
