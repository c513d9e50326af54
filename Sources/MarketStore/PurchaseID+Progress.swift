import Logging
import SQLDatabase

extension PurchaseID {
    /// Adds to the purchase's figures.
    ///
    /// One that has ended keeps its totals. One that is gone must not cost the data that was paid for: that is logged.
    func addProgress(
        recordCount: Int,
        byteCount: Int,
        in transaction: any SQLTransaction,
        logger: Logger
    ) throws {
        let changed = try transaction.execute(
            """
            UPDATE purchases SET
                records = records + CASE WHEN state = 'started' THEN CAST($1 AS BIGINT) ELSE 0 END,
                bytes = bytes + CASE WHEN state = 'started' THEN CAST($2 AS BIGINT) ELSE 0 END
            WHERE id = $3
            """,
            [.integer(Int64(recordCount)), .integer(Int64(byteCount)), .integer(self.rawValue)]
        )
        if changed == 0 {
            logger.error("stored data names a purchase that the ledger lacks", metadata: ["purchase": "\(self)"])
        }
    }
}
