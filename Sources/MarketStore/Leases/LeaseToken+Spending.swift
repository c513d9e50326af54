import MarketData
import SQLDatabase

extension LeaseToken {
    /// Gives up the part of the lease before `end` in the transaction that stores it, and renews the rest.
    ///
    /// Run first: the lease's row stays locked until the commit, so that nobody can take it over meanwhile. Throws
    /// `leaseLost` when the row is gone: somebody else has taken it over, or it was given back.
    func spend(upTo end: Timestamp, clock: StoreClock, in transaction: any SQLTransaction) throws {
        let now = clock.expression(transaction.dialect, position: 3)
        let kept = try transaction.execute(
            """
            UPDATE fetch_leases SET range_start = $1, expires_at = \(now.sql) + length_ns
            WHERE token = $2 AND error_code IS NULL AND range_end > $1
            """,
            [.integer(end.nanoseconds), .text(self.rawValue)] + now.parameters
        )
        guard kept == 0 else { return }
        let removed = try transaction.execute(
            "DELETE FROM fetch_leases WHERE token = $1 AND error_code IS NULL",
            [.text(self.rawValue)]
        )
        guard removed == 0 else { return }
        throw StoreError(
            .leaseLost,
            "the right to buy and store this (lease \(self)) expired and another worker has it, or it was given back"
        )
    }
}
