import MarketData
import MarketStore
import Tapedeck

/// Packs or unpacks series one after the other, until it is done, stopped, or the database is away.
struct PackingRun: Sendable {
    /// The least time between two looks at the progress.
    private static let progressInterval: Duration = .milliseconds(100)

    let store: MarketStore
    let direction: SeriesPacking.Direction

    /// Goes through the series of `scope` that have bars.
    ///
    /// Each stretch is a transaction; the first Ctrl-C stops before the next one. A series that fails for itself holds up
    /// no other. Throws what listing them throws.
    func run(_ scope: VerificationScope) async throws -> PackingResult {
        let series = try await scope.series(in: self.store).filter { $0.kind == .bars }
        let absent = scope.symbols.filter { symbol in !series.contains { $0.symbol == symbol } }
        let line = ProgressLine(canRedraw: Terminal.canRedraw)
        return try await Interruption.watching {
            line.end()
            StandardOutput.error("Stopping behind the stretch under way; Ctrl-C again stops at once.")
        } _: { interruption in
            var result = PackingResult(series: series, absentSymbols: absent)
            await self.run(&result, interruption, line)
            return result
        }
    }

    private func run(_ result: inout PackingResult, _ interruption: Interruption, _ line: ProgressLine) async {
        let start = ContinuousClock.now
        var shownAt: ContinuousClock.Instant?
        defer { result.elapsed = .now - start }
        let packing = SeriesPacking(self.store, self.direction)
        for (index, series) in result.series.enumerated() {
            var progress = WorkProgress(total: result.series.count)
            progress.advance(by: index, records: result.tally.barCount)
            let label = "\(series.symbol) \(series.timeframe)"
            let barsBefore = result.tally.barCount
            do {
                try await packing.run(series, into: &result.tally) { tally in
                    let now = ContinuousClock.now
                    if shownAt.map({ now - $0 >= Self.progressInterval }) ?? true {
                        shownAt = now
                        var moving = progress
                        moving.advance(by: 0, records: tally.barCount - barsBefore)
                        line.show(label, moving, elapsed: .now - start, detail: PackingPrinter.detail(of: tally))
                    }
                    return !interruption.isAsked
                }
            } catch {
                let reason = CommandFailure(error)?.message ?? "\(error)"
                guard !SeriesPacking.concernsAllSeries(error) else {
                    result.end = .failed("\(series): \(reason)")
                    break
                }
                result.failures.append(PackingResult.Failure(series: series, reason: reason))
                continue
            }
            if interruption.isAsked {
                result.end = .interrupted
                break
            }
            result.seriesDone += 1
            guard index == result.series.count - 1 else { continue }
            progress.advance(by: 1, records: result.tally.barCount - barsBefore)
            line.show(label, progress, elapsed: .now - start, detail: PackingPrinter.detail(of: result.tally))
        }
        line.end()
    }
}
