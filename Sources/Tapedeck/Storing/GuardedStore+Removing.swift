internal import Locking
internal import MarketData
internal import MarketStore

extension GuardedStore {
    /// Removes a scope from the database.
    ///
    /// Throws `databaseUnavailable` while something waits to be written: it would come back.
    func clear(_ scope: ClearScope, holds: @Sendable (Series) -> Bool) async throws -> ClearOutcome {
        guard self.state.withLock({ $0.queue.isEmpty }) else {
            throw TapedeckError(
                .databaseUnavailable,
                "something that was bought waits to be written to the database: clear when that is done"
            )
        }
        let outcome = try await self.marketStore.clear(scope)
        self.state.withLock { $0.coverages.forget(where: holds) }
        return outcome
    }

    /// Removes quotes before a time from the database, like `MarketStore.deleteQuotes`.
    func deleteQuotes(olderThan end: Timestamp) async throws -> Int {
        let count = try await self.marketStore.deleteQuotes(olderThan: end)
        self.state.withLock { $0.coverages.forget { $0.kind == .quotes } }
        return count
    }
}
