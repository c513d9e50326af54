internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

extension FleetReceiver {
    /// Reads what waits to be warmed until the task is cancelled.
    func warmUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            for await _ in self.wakes {
                while let job = self.state.withLock({ $0.warming.next() }) {
                    group.addTask {
                        await self.warm(job)
                        self.state.withLock { $0.warming.end(job.series) }
                        self.waking.yield()
                    }
                }
            }
        }
    }

    /// Attempts to read a range that changes meanwhile.
    private static var attemptsMax: Int { 3 }

    private func warm(_ job: WarmingQueue.Job) async {
        let length = Int64(self.configuration.warmingBarsMax).multipliedSaturating(by: job.series.timeframe.nanoseconds)
        let start = max(job.range.start, job.range.end.advancedSaturating(byNanoseconds: -length))
        if let older = TimeRange(job.range.start, start) {
            self.memory.forget(job.series, older, commits: [], tick: self.clock.now())
        }
        guard let range = TimeRange(start, job.range.end) else { return }
        do {
            for _ in 0..<Self.attemptsMax {
                let ticket = self.memory.ticket(job.series)
                let tick = self.clock.now()
                let known = try await self.store.knownBars(job.series, in: range, limit: nil)
                guard known.isCertain else { break }
                let content = MemoryContent(known.slice, range: range, tick: tick)
                guard self.memory.takeIn(content, commits: job.commits, ticket: ticket) else { continue }
                if let horizon = job.horizon {
                    let horizon = horizon.horizon(
                        of: job.series.timeframe,
                        databaseNow: known.slice.databaseNow,
                        tick: tick
                    )
                    self.memory.offerHorizon(job.series, horizon)
                }
                self.state.withLock { state in
                    state.figures.warmed += 1
                    state.figures.barsWarmed += known.slice.records.count
                }
                return
            }
        } catch {
            self.noteFailure(error, "what another worker stored could not be read")
        }
        self.memory.forget(job.series, job.range, commits: job.commits, tick: self.clock.now())
    }
}
