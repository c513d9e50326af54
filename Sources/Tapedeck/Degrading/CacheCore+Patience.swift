extension CacheCore {
    /// Ends reads that have waited for too long, until the task is cancelled.
    func endLongWaits() async {
        // A read waits up to a tenth longer than it may at least.
        let sweepsMax = 10
        while (try? await self.clock.sleep(self.configuration.readTimeout / sweepsMax)) != nil {
            self.coordinator.endLongWaits(sweepsMax: sweepsMax)
        }
    }

    /// The patience of a read that begins now.
    func patience(isRefresh: Bool = false) -> ReadPatience {
        guard self.isCaching, !isRefresh else { return .untilFetched }
        let softTick = self.configuration.softTimeout.map { self.clock.now().addingSaturating($0.clampedNanoseconds) }
        return ReadPatience(answersStale: true, softTick: softTick)
    }

    /// What `body` answers, or, when the patience ends first, what `stale` finds.
    ///
    /// Where `stale` finds nothing, `body` is waited for. Flights that `body` waits for go on without it.
    func answer<Value: Sendable>(
        with patience: ReadPatience,
        _ body: @escaping @Sendable () async throws -> Value,
        stale: @escaping @Sendable () async -> Value?
    ) async throws -> Value {
        guard let softTick = patience.softTick else { return try await body() }
        let clock = self.clock
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                let left = max(0, softTick.subtractingSaturating(clock.now()))
                // Cancelled, it is not needed any more.
                guard (try? await clock.sleep(.nanoseconds(left))) != nil else { return nil }
                return await stale()
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            // The body answers or throws, so the group does not end before.
            throw CancellationError()
        }
    }
}
