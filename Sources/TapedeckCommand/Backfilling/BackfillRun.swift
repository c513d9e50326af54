import MarketData
import Tapedeck

/// Buys the pieces of a backfill one after the other, until it is done, stopped, or one fails.
struct BackfillRun: Sendable {
    let cache: MarketDataCache
    let interruption: Interruption
    let line: ProgressLine

    /// Carries the plans out and completes `result`.
    ///
    /// Each piece is in the database before the next is bought; what another run or a worker has bought meanwhile is not
    /// bought again.
    func run(_ result: inout BackfillResult) async throws {
        let start = ContinuousClock.now
        defer { result.elapsed = .now - start }
        var progress = WorkProgress(total: result.parts.reduce(0) { $0 + $1.plan.periods })
        result.end = .complete
        parts: for index in result.parts.indices {
            let plan = result.parts[index].plan
            let label = "\(plan.series.symbol) \(plan.series.timeframe)"
            for piece in plan.pieces {
                guard !self.interruption.isAsked else {
                    result.end = .interrupted
                    break parts
                }
                self.line.show(label, progress, elapsed: .now - start)
                if let failure = await self.buy(piece, into: &result.parts[index], &progress) {
                    result.end = .failed("\(label) \(piece): \(failure)")
                    break parts
                }
                self.line.show(label, progress, elapsed: .now - start)
            }
        }
        self.line.end()
        result.tally = PurchaseTally(self.cache)
    }

    /// Buys one piece; nil, or why it failed.
    private func buy(
        _ piece: TimeRange,
        into part: inout BackfillResult.Part,
        _ progress: inout WorkProgress
    ) async -> String? {
        do {
            let answer = try await self.cache.fill(BarsRequest(part.plan.series, piece))
            part.inserted += answer.inserted
            if let missing = answer.missing.first(where: \.isFailure) { return missing.text }
            part.piecesDone += 1
            progress.advance(by: part.plan.periods(of: piece), records: answer.inserted)
            return nil
        } catch {
            return CommandFailure(error)?.message ?? "\(error)"
        }
    }
}
