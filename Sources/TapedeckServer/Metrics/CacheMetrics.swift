import MarketData
import Tapedeck

/// What the cache counted and its state, for the metrics, taken when they are read.
enum CacheMetrics {
    /// All families; `today` is the UTC day, to which a budget belongs.
    static func families(_ statistics: CacheStatistics, today: CivilDate) -> [MetricFamily] {
        self.memory(statistics) + self.reads(statistics) + self.degrading(statistics) + self.purchases(statistics)
            + self.savings(statistics) + self.budget(statistics, today: today)
    }

    private static func memory(_ statistics: CacheStatistics) -> [MetricFamily] {
        [
            .gauge("tapedeck_memory_bars", "Bars in memory.", statistics.barsHeld),
            .gauge("tapedeck_memory_bars_max", "The most bars that memory may hold.", statistics.barsMax),
            .gauge(
                "tapedeck_memory_bytes",
                "Bytes that the bars in memory take: their arrays as allocated, with the pages and series that hold them.",
                statistics.bytesHeld
            ),
            .gauge("tapedeck_memory_series", "Series with bars in memory.", statistics.seriesHeld),
            .gauge("tapedeck_memory_quotes", "Symbols whose newest prices are in memory.", statistics.quotesHeld),
            .gauge("tapedeck_memory_quotes_max", "The most symbols held.", statistics.quotesMax),
            .counter("tapedeck_memory_evictions_total", "Pages evicted for lack of room.", statistics.evictions),
        ]
    }

    private static func reads(_ statistics: CacheStatistics) -> [MetricFamily] {
        let tiers = [
            ("memory", statistics.memoryHits), ("database", statistics.databaseHits),
            ("provider", statistics.providerReads),
        ]
        return [
            MetricFamily(
                name: "tapedeck_reads_total",
                kind: .counter,
                help: "Reads answered, by the tier that the answer came from.",
                samples: tiers.map { ("{tier=\"\($0.0)\"}", Double($0.1)) }
            ),
            .counter("tapedeck_read_failures_total", "Reads that ended in an error.", statistics.failures),
            .counter("tapedeck_read_joins_total", "Reads that waited for another's fetch.", statistics.joins),
            .gauge("tapedeck_fetches", "Fetches under way.", statistics.flights),
            .gauge("tapedeck_fetch_waiters", "Reads that wait for a fetch.", statistics.waiters),
        ]
    }

    private static func degrading(_ statistics: CacheStatistics) -> [MetricFamily] {
        [
            .counter("tapedeck_stale_answers_total", "Answers that were marked stale.", statistics.staleAnswers),
            .counter(
                "tapedeck_revalidations_total",
                "Purchases in the background of what had just expired.",
                statistics.revalidations
            ),
            .counter(
                "tapedeck_refreshes_ahead_total",
                "Purchases in the background of what is read often, before it expired.",
                statistics.refreshesAhead
            ),
            .gauge("tapedeck_renewals", "Purchases in the background that wait or run.", statistics.renewals),
            MetricFamily(
                name: "tapedeck_breaker_state",
                kind: .gauge,
                help: "Whether a provider is left alone: 0 closed (it is asked), 1 half open, 2 open.",
                samples: statistics.breakers.map {
                    (
                        "{provider=\"\($0.provider)\"}",
                        Double(BreakerReport.State.allCases.firstIndex(of: $0.state) ?? 0)
                    )
                }
            ),
            MetricFamily(
                name: "tapedeck_info",
                kind: .gauge,
                help: "1 for the program's version.",
                samples: [("{version=\"\(Version.current)\"}", 1)]
            ),
            MetricFamily(
                name: "tapedeck_mode",
                kind: .gauge,
                help: "1 for the mode in force.",
                samples: CacheMode.allCases.map { ("{mode=\"\($0.rawValue)\"}", $0 == statistics.mode ? 1 : 0) }
            ),
        ]
    }

    private static func purchases(_ statistics: CacheStatistics) -> [MetricFamily] {
        [
            .counter(
                "tapedeck_ledger_failures_total",
                "Purchases of which the ledger could not be told.",
                statistics.ledgerFailures
            ),
            .counter("tapedeck_purchases_total", "Upstream requests begun.", statistics.purchases),
            .counter(
                "tapedeck_purchase_failures_total",
                "Upstream requests that failed.",
                statistics.purchaseFailures
            ),
            .counter("tapedeck_bought_records_total", "Records bought.", statistics.recordsBought),
            .counter("tapedeck_bought_bytes_total", "Billed bytes bought.", statistics.bytesBought),
            MetricFamily(
                name: "tapedeck_bought_usd_total",
                kind: .counter,
                help: "US dollars spent, as far as prices are known.",
                samples: [("", statistics.costUSD)]
            ),
        ]
    }

    private static func savings(_ statistics: CacheStatistics) -> [MetricFamily] {
        [
            .counter(
                "tapedeck_saved_records_total",
                "Records answered without buying them for the answer; the newest prices of a symbol count as one.",
                statistics.recordsSaved
            ),
            .counter(
                "tapedeck_saved_bytes_total",
                "Billed bytes of the saved records, by this process's purchases of their kind; 0 before the first.",
                statistics.bytesSaved
            ),
            .counter(
                "tapedeck_saved_usd_total",
                "US dollars that the saved records would have cost at the average price of this process's own purchases "
                    + "of their kind up to then; 0 before the first whose price is known.",
                statistics.savedUSD
            ),
        ]
    }

    /// Nothing where there is no budget for the day.
    private static func budget(_ statistics: CacheStatistics, today: CivilDate) -> [MetricFamily] {
        let refusals = MetricFamily.counter(
            "tapedeck_budget_refusals_total",
            "Purchases refused because of a spending limit.",
            statistics.budgetRefusals
        )
        guard let budget = statistics.budget else { return [refusals] }
        // The figures are those of the last purchase: on a new day nothing has been bought yet.
        let spentUSD = budget.day == today ? budget.spentUSD : 0
        let spent = MetricFamily.gauge(
            "tapedeck_budget_spent_usd",
            "US dollars set against today's budget, by all workers, as of this worker's last purchase.",
            spentUSD
        )
        guard let limitUSD = budget.limitUSD else { return [refusals, spent] }
        return [refusals, spent, .gauge("tapedeck_budget_limit_usd", "US dollars that a day may cost.", limitUSD)]
    }
}
