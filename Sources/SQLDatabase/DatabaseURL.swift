import Logging

/// The address of a database.
package struct DatabaseURL: Hashable, Sendable {
    private enum Target: Hashable, Sendable {
        case sqlite(SQLiteDriver.Location)
        case postgres
    }

    private let text: String
    private let target: Target

    /// Reads an address.
    ///
    /// Throws `invalidURL`, which names what is allowed and shows nothing of the address.
    package init(parsing text: String) throws(SQLError) {
        guard let colon = text.firstIndex(of: ":") else { throw Self.invalid("it names no kind of database") }
        let scheme = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        switch scheme {
        case "sqlite":
            self.target = .sqlite(try Self.location(rest))
        case "postgres", "postgresql":
            guard rest.hasPrefix("//") else { throw Self.invalid("// is missing after \(scheme):") }
            self.target = .postgres
        default:
            throw Self.invalid("it is of an unknown kind")
        }
        self.text = text
    }

    /// The address for logs: without user, password and parameters.
    package var redacted: String {
        switch self.target {
        case .sqlite(.memory): "sqlite::memory:"
        case .sqlite(.file(let path)): "sqlite:\(path)"
        case .postgres: Self.redactedServer(self.text)
        }
    }

    /// Opens the database and checks that it answers.
    func openDriver(configuration: Database.Configuration, logger: Logger) async throws -> any DatabaseDriver {
        let driver: any DatabaseDriver =
            switch self.target {
            case .sqlite(let location):
                try await SQLiteDriver.open(location, configuration: configuration)
            case .postgres:
                try await PostgresDriver.open(url: self.text, configuration: configuration, logger: logger)
            }
        logger.info("database opened", metadata: ["database": "\(self.redacted)"])
        return driver
    }

    private static func location(_ rest: Substring) throws(SQLError) -> SQLiteDriver.Location {
        if rest == ":memory:" { return .memory }
        // sqlite:///var/x.db is what other programs write for sqlite:/var/x.db.
        let path = rest.hasPrefix("///") ? rest.dropFirst(2) : rest
        guard !path.isEmpty, !path.hasPrefix("//"), !path.hasPrefix(":"), !path.hasSuffix("/"), !path.utf8.contains(0)
        else { throw Self.invalid("sqlite: is followed by the path of a file") }
        return .file(String(path))
    }

    private static func invalid(_ reason: String) -> SQLError {
        let allowed = "sqlite:PATH, sqlite::memory:, postgres://HOST/NAME and postgresql://HOST/NAME"
        return SQLError(.invalidURL, "not a database address: \(reason); allowed are \(allowed)")
    }

    /// Hosts, ports and database; nothing where the address is not as plain as that, lest a misplaced password shows.
    private static func redactedServer(_ text: String) -> String {
        guard let match = text.wholeMatch(of: /([a-zA-Z]+):\/\/([^@\/]*@)?([^@?]*)(\?.*)?/) else {
            return "postgres://…"
        }
        let server = match.3
        let host = /(?:[A-Za-z0-9._\-%]*|\[[0-9A-Fa-f:.]*\])(?::[0-9]{1,5})?/
        let parts = server.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let hosts = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        guard hosts.allSatisfy({ $0.wholeMatch(of: host) != nil }) else { return "postgres://…" }
        return "\(match.1)://\(server)"
    }
}
