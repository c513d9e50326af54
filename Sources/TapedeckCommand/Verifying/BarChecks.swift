import MarketData

/// Finds stored bars that cannot be right.
struct BarChecks: Sendable {
    /// What can be wrong with a bar.
    enum Fault: String, CaseIterable, Hashable, Sendable {
        case outsideCoverage
        case offGrid
        case impossibleValues

        /// What is said of it.
        var text: String {
            switch self {
            case .outsideCoverage: "stored outside of what is known, so that nobody reads them"
            case .offGrid: "off the timeframe's grid"
            case .impossibleValues: "with impossible prices or volumes"
            }
        }
    }

    /// How many bars have each fault, and the time of the first.
    private(set) var faults: [Fault: (count: Int, first: Timestamp)] = [:]

    /// Checks bars of a series of which `known` was known when they were read.
    mutating func check(_ bars: [Bar], timeframe: Timeframe, known: RangeSet) {
        for bar in bars {
            if timeframe.floor(bar.timestamp) != bar.timestamp {
                self.note(.offGrid, bar)
            } else if !known.contains(bar.timestamp) {
                self.note(.outsideCoverage, bar)
            }
            if !Self.isPossible(bar) { self.note(.impossibleValues, bar) }
        }
    }

    /// The faults in words, one line each.
    var texts: [String] {
        Fault.allCases.compactMap { fault in
            self.faults[fault].map { "\($0.count) bars \(fault.text), the first at \($0.first)" }
        }
    }

    private static func isPossible(_ bar: Bar) -> Bool {
        let prices = [bar.open, bar.high, bar.low, bar.close]
        return prices.allSatisfy { $0.isFinite && $0 <= bar.high && $0 >= bar.low } && bar.volume.isFinite
            && bar.volume >= 0 && bar.revision >= 1
    }

    private mutating func note(_ fault: Fault, _ bar: Bar) {
        self.faults[fault, default: (0, bar.timestamp)].count += 1
    }
}
