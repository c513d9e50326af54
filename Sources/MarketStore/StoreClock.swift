import MarketData
import SQLDatabase

/// The clock that decides `fetched_at` and every expiry: the database's own, or a test's.
struct StoreClock: Sendable {
    /// A test's clock, or nil for the database's.
    let given: (@Sendable () -> Timestamp)?
    /// When the server was started, for a test with a clock of its own.
    var givenServerStart: Timestamp?

    /// The time inside a transaction.
    func now(in transaction: any SQLTransaction) throws -> Timestamp {
        if let given = self.given { return given() }
        let sql = "SELECT " + transaction.dialect.clockExpression
        let nanoseconds = try transaction.query(sql) { try $0.integer(0) }
        return Timestamp(nanoseconds: nanoseconds[0])
    }

    /// An SQL expression for when the server was started, by the same clock, NULL where that does not matter.
    func serverStartExpression(_ dialect: SQLDialect, position: Int) -> (sql: String, parameters: [SQLValue]) {
        guard self.given != nil else { return (dialect.serverStartExpression, []) }
        let start = self.givenServerStart.map { SQLValue.integer($0.nanoseconds) } ?? .null
        return ("CAST($\(position) AS BIGINT)", [start])
    }

    /// An SQL expression for the time, which may use the parameter `$position`, and the parameters that it adds.
    func expression(_ dialect: SQLDialect, position: Int) -> (sql: String, parameters: [SQLValue]) {
        if let given = self.given {
            return ("CAST($\(position) AS BIGINT)", [.integer(given().nanoseconds)])
        }
        return (dialect.clockExpression, [])
    }
}
