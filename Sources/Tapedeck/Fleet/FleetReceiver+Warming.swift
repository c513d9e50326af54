internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import SQLDatabase

extension FleetReceiver {
    /// Reads what waits to be warmed until the task is cancelled: at once while that is little, several series together
    /// while it is much.
    func warmUntilCancelled() async {
        for await _ in self.wakes {
            while true {
                let jobs = self.state.withLock { $0.warming.next() }
                guard !jobs.isEmpty else { break }
                let begun = self.clock.now()
                await self.warm(jobs)
                self.state.withLock { $0.warming.end() }
                let spent = Duration.nanoseconds(self.clock.now().subtractingSaturating(begun))
                guard spent < self.configuration.warmingInterval else { continue }
                do {
                    try await self.clock.sleep(self.configuration.warmingInterval - spent)
                } catch {
                    return
                }
            }
        }
    }

    /// Attempts to read a range that changes meanwhile.
    private static var attemptsMax: Int { 3 }

    private func warm(_ jobs: [WarmingQueue.Job]) async {
        var left = jobs
        for index in left.indices {
            let (older, newest) = left[index].split(barsMax: self.configuration.warmingBarsMax)
            left[index].range = newest
            guard let older else { continue }
            self.memory.forget(left[index].series, older, commits: [], tick: self.clock.now())
        }
        do {
            for _ in 0..<Self.attemptsMax where !left.isEmpty { left = try await self.read(left) }
        } catch {
            self.noteFailure(error, "what other workers stored could not be read")
        }
        for job in left {
            self.memory.forget(job.series, job.range, commits: job.commits, tick: self.clock.now())
        }
    }

    /// Reads ranges into memory, and answers which did not get there: they have changed meanwhile, or cannot be read.
    private func read(_ jobs: [WarmingQueue.Job]) async throws -> [WarmingQueue.Job] {
        let tickets = jobs.map { self.memory.ticket($0.series) }
        let tick = self.clock.now()
        let known = try await self.store.knownBars(of: jobs.map { ($0.series, $0.range) })
        return zip(jobs, zip(tickets, known)).compactMap { job, read in
            let (ticket, known) = read
            return known.isCertain && self.takeIn(job, known.slice, ticket: ticket, tick: tick) ? nil : job
        }
    }

    private func takeIn(
        _ job: WarmingQueue.Job,
        _ slice: SeriesSlice<Bar>,
        ticket: MemoryTicket,
        tick: Int64
    ) -> Bool {
        let content = MemoryContent(slice, range: job.range, tick: tick)
        guard self.memory.takeIn(content, commits: job.commits, ticket: ticket) else { return false }
        if let horizon = job.horizon {
            self.memory.offerHorizon(
                job.series,
                horizon.horizon(of: job.series.timeframe, databaseNow: slice.databaseNow, tick: tick)
            )
        }
        self.state.withLock { state in
            state.figures.warmed += 1
            state.figures.barsWarmed += slice.records.count
        }
        return true
    }
}
