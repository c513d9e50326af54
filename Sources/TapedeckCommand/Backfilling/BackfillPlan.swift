import MarketData
import Tapedeck

/// What of one symbol a backfill has to buy, cut into pieces.
struct BackfillPlan: Equatable, Sendable {
    /// The series that is bought; for a timeframe that is aggregated, the one that it is made from.
    let series: Series
    /// The range asked for.
    let range: TimeRange
    /// What is to be bought, oldest first.
    let pieces: [TimeRange]

    /// Creates a plan for `stretches` that have to be bought, in pieces of `barsMax` periods at most.
    ///
    /// Pieces end at multiples of that many periods since the epoch, so that another run has the same ones.
    init(series: Series, range: TimeRange, buying stretches: [TimeRange], barsMax: Int) {
        self.series = series
        self.range = range
        let length = Int64(max(1, barsMax)) * series.timeframe.nanoseconds
        self.pieces = stretches.flatMap { stretch in
            var pieces: [TimeRange] = []
            var start = stretch.start
            while start < stretch.end {
                let index = start.nanoseconds.flooredQuotient(dividingBy: length)
                let end = min(stretch.end, Timestamp(nanoseconds: (index + 1) * length))
                guard let piece = TimeRange(start, end) else { break }
                pieces.append(piece)
                start = end
            }
            return pieces
        }
    }

    /// Creates the plan for what an explanation says would be bought.
    init(_ explanation: Explanation, barsMax: Int) {
        self.init(
            series: explanation.source,
            range: explanation.range,
            buying: explanation.stretches.filter { $0.source == .provider }.map(\.range),
            barsMax: barsMax
        )
    }

    /// The periods of all pieces.
    var periods: Int { self.pieces.reduce(0) { $0 + self.periods(of: $1) } }

    /// The periods of a piece.
    func periods(of piece: TimeRange) -> Int { Int(piece.nanoseconds / self.series.timeframe.nanoseconds) }
}

extension Int64 {
    /// The quotient, rounded towards minus infinity.
    fileprivate func flooredQuotient(dividingBy divisor: Int64) -> Int64 {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
