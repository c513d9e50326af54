public import MarketData
import SQLDatabase

extension MarketStore {
    /// The time by the database's clock, which decides when things were fetched, expire and are leased.
    public func now() async throws -> Timestamp {
        let clock = self.clock
        return try await self.database.read(timeout: self.deadline) { try clock.now(in: $0) }
    }
}
