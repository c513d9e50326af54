import MarketData
import SQLDatabase

/// The clock that decides `fetched_at` and every expiry: the database's own, or a test's.
struct StoreClock: Sendable {
    /// A test's clock, or nil for the database's.
    let given: (@Sendable () -> Timestamp)?

    /// The time inside a transaction.
    func now(in transaction: any SQLTransaction) throws -> Timestamp {
        if let given = self.given { return given() }
        let sql = "SELECT " + transaction.dialect.clockExpression
        let nanoseconds = try transaction.query(sql) { try $0.integer(0) }
        return Timestamp(nanoseconds: nanoseconds[0])
    }

    /// An SQL expression for the time, which may use the parameter `$position`, and the parameters that it adds.
    func expression(_ dialect: SQLDialect, position: Int) -> (sql: String, parameters: [SQLValue]) {
        if let given = self.given {
            return ("CAST($\(position) AS BIGINT)", [.integer(given().nanoseconds)])
        }
        return (dialect.clockExpression, [])
    }
}
