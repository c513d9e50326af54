/// What a database driver does for `Database`; see there for what each call promises.
protocol DatabaseDriver: Sendable {
    var dialect: SQLDialect { get }
    var statistics: DatabaseStatistics { get }

    func read<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value

    func write<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value

    func snapshot<Value: Sendable>(
        _ statements: [SQLStatement],
        timeout: Duration?,
        into initial: Value,
        row: @escaping @Sendable (inout Value, Int, any SQLRow) throws -> Void
    ) async throws -> Value

    /// The number of the server's process as it was announced at the login and as the server tells it now; nil for SQLite.
    func backendProcess() async throws -> (announced: Int, actual: Int)?

    /// A number that changes with each commit to a SQLite file; nil for Postgres and for a database in memory.
    func changeCounter() async throws -> Int64?

    func close() async
}
