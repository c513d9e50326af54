/// Up to which commit memory has taken in what changed in a series.
///
/// Pure state. The database numbers the commits of a series without gaps; notices of them may come in any order, twice, or
/// not at all.
struct SeriesVersion: Hashable {
    /// The number of the series' row.
    let seriesID: Int64
    /// Every commit up to here is taken in.
    private(set) var known: Int64
    /// Commits behind a gap that are taken in as well, ascending, not touching each other.
    private var ahead: [ClosedRange<Int64>] = []
    /// Since when there is a gap, by the process's elapsed clock.
    private(set) var gapTick: Int64?

    /// The ranges behind a gap that are remembered at most.
    private static var aheadMax: Int { 64 }

    /// What was read from the database as it was after the commit `version`.
    init(seriesID: Int64, known: Int64) {
        self.seriesID = seriesID
        self.known = known
    }

    /// Whether memory has all of these commits.
    func contains(_ versions: ClosedRange<Int64>) -> Bool {
        versions.upperBound <= self.known
            || self.ahead.contains { $0.lowerBound <= versions.lowerBound && versions.upperBound <= $0.upperBound }
    }

    /// Notes that everything these commits changed is taken in.
    mutating func note(_ versions: ClosedRange<Int64>, tick: Int64) {
        guard versions.upperBound > self.known else { return }
        var merged = versions
        // One that touches another forms one range with it.
        let touching = { (range: ClosedRange<Int64>) in
            range.lowerBound <= merged.upperBound.addingSaturating(1)
                && merged.lowerBound <= range.upperBound.addingSaturating(1)
        }
        var rest: [ClosedRange<Int64>] = []
        for range in self.ahead {
            if touching(range) {
                merged = min(range.lowerBound, merged.lowerBound)...max(range.upperBound, merged.upperBound)
            } else {
                rest.append(range)
            }
        }
        if merged.lowerBound <= self.known.addingSaturating(1) {
            self.known = merged.upperBound
        } else if rest.count < Self.aheadMax {
            rest.append(merged)
            rest.sort { $0.lowerBound < $1.lowerBound }
        }
        self.ahead = rest
        self.gapTick = rest.isEmpty ? nil : self.gapTick ?? tick
    }
}
