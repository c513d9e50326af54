import MarketData
import MarketStore
import Tapedeck

/// What a verification found.
struct Verification: Sendable {
    /// The series, by name.
    var reports: [SeriesReport] = []
    /// Symbols that were named and of which nothing is stored.
    var absentSymbols: [String] = []
    /// What belongs to no series, one line each.
    var errors: [String] = []

    /// 0 nothing is wrong, 1 something is missing, 2 something is inconsistent.
    var exitCode: Int32 {
        if !self.errors.isEmpty || self.reports.contains(where: { !$0.errors.isEmpty }) { return 2 }
        return self.reports.contains(where: \.hasGaps) || !self.absentSymbols.isEmpty ? 1 : 0
    }

    /// The packed blocks that cannot be read, by series.
    var damagedBlocks: [DamagedBlocks] {
        self.reports.filter { !$0.damagedBlocks.isEmpty }.map {
            DamagedBlocks(series: $0.series, blocks: $0.damagedBlocks)
        }
    }

    /// The ranges to buy so that nothing is missing, by series.
    var purchases: [(series: Series, range: TimeRange)] {
        self.reports.flatMap { report in report.purchases.map { (report.series, $0) } }
    }
}

/// Which series are looked through.
struct VerificationScope: Sendable {
    /// Only these symbols; all when empty.
    let symbols: [String]
    /// Only these timeframes; all when empty.
    let timeframes: [Timeframe]
    /// The range, or nil for what is known of each series.
    let range: TimeRange?

    /// Whether a series belongs to it.
    func holds(_ series: Series) -> Bool {
        (self.symbols.isEmpty || self.symbols.contains(series.symbol))
            && (self.timeframes.isEmpty || self.timeframes.contains(series.timeframe))
    }

    /// The stored series that belong to it, by name.
    func series(in store: MarketStore) async throws -> [Series] {
        var result: [Series] = []
        var last: Series?
        while true {
            let page = try await store.seriesNames(after: last, limit: MarketStore.seriesListLimitMax)
            result += page.filter { self.holds($0) }
            last = page.last
            if page.count < MarketStore.seriesListLimitMax { return result }
        }
    }
}
