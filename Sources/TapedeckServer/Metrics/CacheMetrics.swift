import Tapedeck

/// Prints what the cache counted and its state, in Prometheus' text format, read when it is asked for.
enum CacheMetrics {
    private struct Family {
        let name: String
        let kind: PrometheusFamily.Kind
        let help: String
        /// Labels in braces, or nothing, and the value.
        let samples: [(labels: String, value: Double)]
    }

    /// The lines of all families.
    static func text(_ statistics: CacheStatistics, pool: WorkerBackend.PoolFigures) -> String {
        (self.memory(statistics) + self.reads(statistics) + self.degrading(statistics) + self.purchases(statistics)
            + self.database(pool) + self.outage(statistics))
            .reduce(into: "") { text, family in
                text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
                for (labels, value) in family.samples {
                    text += "\(family.name)\(labels) \(prometheusNumber(value))\n"
                }
            }
    }

    private static func memory(_ statistics: CacheStatistics) -> [Family] {
        [
            self.gauge("tapedeck_memory_bars", "Bars in memory.", statistics.barsHeld),
            self.gauge("tapedeck_memory_bars_max", "The most bars that memory may hold.", statistics.barsMax),
            self.gauge("tapedeck_memory_series", "Series with bars in memory.", statistics.seriesHeld),
            self.gauge("tapedeck_memory_quotes", "Symbols whose newest prices are in memory.", statistics.quotesHeld),
            self.gauge("tapedeck_memory_quotes_max", "The most symbols held.", statistics.quotesMax),
            self.counter("tapedeck_memory_evictions_total", "Pages evicted for lack of room.", statistics.evictions),
        ]
    }

    private static func reads(_ statistics: CacheStatistics) -> [Family] {
        let tiers = [
            ("memory", statistics.memoryHits), ("database", statistics.databaseHits),
            ("provider", statistics.providerReads),
        ]
        return [
            Family(
                name: "tapedeck_reads_total",
                kind: .counter,
                help: "Reads answered, by the tier that the answer came from.",
                samples: tiers.map { ("{tier=\"\($0.0)\"}", Double($0.1)) }
            ),
            self.counter("tapedeck_read_failures_total", "Reads that ended in an error.", statistics.failures),
            self.counter("tapedeck_read_joins_total", "Reads that waited for another's fetch.", statistics.joins),
            self.gauge("tapedeck_fetches", "Fetches under way.", statistics.flights),
            self.gauge("tapedeck_fetch_waiters", "Reads that wait for a fetch.", statistics.waiters),
        ]
    }

    private static func degrading(_ statistics: CacheStatistics) -> [Family] {
        [
            self.counter("tapedeck_stale_answers_total", "Answers that were marked stale.", statistics.staleAnswers),
            self.counter(
                "tapedeck_revalidations_total",
                "Purchases in the background of what had just expired.",
                statistics.revalidations
            ),
            self.counter(
                "tapedeck_refreshes_ahead_total",
                "Purchases in the background of what is read often, before it expired.",
                statistics.refreshesAhead
            ),
            Family(
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
            Family(
                name: "tapedeck_mode",
                kind: .gauge,
                help: "1 for the mode in force.",
                samples: CacheMode.allCases.map { ("{mode=\"\($0.rawValue)\"}", $0 == statistics.mode ? 1 : 0) }
            ),
        ]
    }

    private static func purchases(_ statistics: CacheStatistics) -> [Family] {
        [
            self.counter("tapedeck_purchases_total", "Upstream requests begun.", statistics.purchases),
            self.counter(
                "tapedeck_purchase_failures_total",
                "Upstream requests that failed.",
                statistics.purchaseFailures
            ),
            self.counter("tapedeck_bought_records_total", "Records bought.", statistics.recordsBought),
            self.counter("tapedeck_bought_bytes_total", "Billed bytes bought.", statistics.bytesBought),
            Family(
                name: "tapedeck_bought_usd_total",
                kind: .counter,
                help: "US dollars spent, as far as prices are known.",
                samples: [("", statistics.costUSD)]
            ),
        ]
    }

    private static func database(_ pool: WorkerBackend.PoolFigures) -> [Family] {
        [
            self.gauge("tapedeck_database_connections", "Open connections.", pool.connections),
            self.gauge("tapedeck_database_connections_in_use", "Connections that are busy.", pool.connectionsInUse),
            self.gauge("tapedeck_database_waiters", "Callers that wait for a connection.", pool.waiters),
            self.counter("tapedeck_database_refusals_total", "Waits that ended in a refusal.", pool.refusals),
            self.counter("tapedeck_database_reconnections_total", "Connections opened anew.", pool.reconnections),
        ]
    }

    private static func outage(_ statistics: CacheStatistics) -> [Family] {
        [
            self.gauge(
                "tapedeck_database_up",
                "1 while the database answers, takes writes and has everything.",
                statistics.databaseState.condition == .up ? 1 : 0
            ),
            self.counter(
                "tapedeck_database_outages_total",
                "How often the database stopped being up.",
                statistics.databaseOutages
            ),
            self.gauge(
                "tapedeck_write_behind_records",
                "Records bought that wait to be written.",
                statistics.writeBehindRecords
            ),
            self.gauge(
                "tapedeck_write_behind_records_max",
                "The most records that may wait.",
                statistics.writeBehindRecordsMax
            ),
            self.counter(
                "tapedeck_write_behind_dropped_total",
                "Records bought that could not be written and are lost.",
                statistics.writeBehindDropped
            ),
        ]
    }

    private static func gauge(_ name: String, _ help: String, _ value: Int) -> Family {
        Family(name: name, kind: .gauge, help: help, samples: [("", Double(value))])
    }

    private static func counter(_ name: String, _ help: String, _ value: Int) -> Family {
        Family(name: name, kind: .counter, help: help, samples: [("", Double(value))])
    }
}
