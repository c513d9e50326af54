import Tapedeck

/// Prints the state of cache and database in Prometheus' text format, read when it is asked for.
///
/// What the cache counts as it happens (reads, purchases, bytes, dollars) reaches the registry by itself.
enum CacheMetrics {
    private struct Family {
        let name: String
        let kind: PrometheusFamily.Kind
        let help: String
        let value: Int
    }

    /// The lines of all families.
    static func text(_ statistics: CacheStatistics, pool: WorkerBackend.PoolFigures) -> String {
        (self.memory(statistics) + self.fetching(statistics) + self.database(pool))
            .reduce(into: "") { text, family in
                text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
                text += "\(family.name) \(family.value)\n"
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

    private static func fetching(_ statistics: CacheStatistics) -> [Family] {
        [
            self.gauge("tapedeck_fetches", "Fetches under way.", statistics.flights),
            self.gauge("tapedeck_fetch_waiters", "Reads that wait for a fetch.", statistics.waiters),
            self.counter("tapedeck_bought_records_total", "Records bought.", statistics.recordsBought),
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

    private static func gauge(_ name: String, _ help: String, _ value: Int) -> Family {
        Family(name: name, kind: .gauge, help: help, value: value)
    }

    private static func counter(_ name: String, _ help: String, _ value: Int) -> Family {
        Family(name: name, kind: .counter, help: help, value: value)
    }
}
