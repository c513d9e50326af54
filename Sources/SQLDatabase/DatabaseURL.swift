import Logging

/// The address of a database.
struct DatabaseURL: Hashable, Sendable {
    private enum Target: Hashable, Sendable {
        case sqlite(SQLiteDriver.Location)
        case postgres
    }

    private let text: String
    private let target: Target

    /// Reads an address.
    ///
    /// Throws `invalidURL`, which shows nothing of it but a scheme without a password.
    init(parsing text: String) throws(SQLError) {
        guard let colon = text.firstIndex(of: ":") else { throw Self.unknown("it names no database") }
        let scheme = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        switch scheme {
        case "sqlite":
            self.target = .sqlite(try Self.location(rest))
        case "postgres", "postgresql":
            guard rest.hasPrefix("//") else { throw Self.unknown("// is missing after \(scheme):") }
            self.target = .postgres
        default:
            throw Self.unknown("it begins with none of these")
        }
        self.text = text
    }

    /// Opens the database and checks that it answers.
    func openDriver(
        configuration: Database.Configuration,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> any DatabaseDriver {
        switch self.target {
        case .sqlite(let location):
            try await SQLiteDriver.open(location, configuration: configuration, logger: logger, clock: clock)
        case .postgres:
            try await PostgresDriver.open(url: self.text, configuration: configuration, logger: logger)
        }
    }

    private static func location(_ rest: Substring) throws(SQLError) -> SQLiteDriver.Location {
        if rest == ":memory:" { return .memory }
        // sqlite:///var/x.db is what other programs write for sqlite:/var/x.db.
        let path = rest.hasPrefix("///") ? rest.dropFirst(2) : rest
        guard !path.isEmpty, !path.hasPrefix("//"), !path.hasPrefix(":"), !path.hasSuffix("/"), !path.utf8.contains(0)
        else { throw Self.unknown("sqlite: is followed by the path of a file") }
        return .file(String(path))
    }

    private static func unknown(_ reason: String) -> SQLError {
        SQLError(
            .invalidURL,
            "not a database address: \(reason); allowed are sqlite:PATH, sqlite::memory:, postgres://… and postgresql://…"
        )
    }
}
