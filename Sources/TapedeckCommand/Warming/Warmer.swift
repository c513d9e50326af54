import Tapedeck

/// Reads the newest bars of a list's entries, so many at a time: what is missing is bought, and all of it goes into the
/// process's memory.
struct Warmer: Sendable {
    let cache: MarketDataCache
    let concurrencyMax: Int
    /// Who buys, for the ledger.
    let client: String

    /// What became of one entry.
    struct Outcome: Sendable {
        let entry: WarmEntry
        let result: Result<BarsAnswer, any Error>

        /// Whether all the bars that there are can be had.
        var isComplete: Bool { (try? self.result.get().isComplete) ?? false }
    }

    /// Warms the entries, in their order as far as they are not warmed at once, and hands on each outcome as it comes.
    ///
    /// Throws only `CancellationError` and what `body` throws.
    func run(_ entries: [WarmEntry], _ body: (Outcome) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            var rest = entries[...]
            for entry in rest.prefix(self.concurrencyMax) { group.addTask { await self.warm(entry) } }
            rest = rest.dropFirst(self.concurrencyMax)
            while let outcome = try await group.next() {
                try Task.checkCancellation()
                try await body(outcome)
                if let entry = rest.popFirst() { group.addTask { await self.warm(entry) } }
            }
        }
    }

    private func warm(_ entry: WarmEntry) async -> Outcome {
        let request = BarsRequest(
            symbol: entry.symbol,
            timeframe: entry.timeframe,
            span: .last(entry.count),
            client: self.client,
            requestID: CommandIdentity.requestID()
        )
        do {
            return Outcome(entry: entry, result: .success(try await self.cache.bars(request)))
        } catch {
            return Outcome(entry: entry, result: .failure(error))
        }
    }
}
