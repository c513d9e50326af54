import Logging

enum PostgresDriver {
    static func open(url: String, configuration: Database.Configuration, logger: Logger) async throws
        -> any DatabaseDriver
    {
        throw SQLError(.unavailable, "stub")
    }
}
