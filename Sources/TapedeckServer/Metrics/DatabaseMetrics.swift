import Tapedeck

/// The database's state and connections, for the metrics.
enum DatabaseMetrics {
    /// All families; the size is left out while it is not known.
    static func families(
        _ statistics: CacheStatistics,
        pool: WorkerBackend.PoolFigures,
        byteCount: Int?
    ) -> [MetricFamily] {
        let size = byteCount.map {
            MetricFamily.gauge("tapedeck_database_bytes", "Bytes of the database, at most a minute old.", $0)
        }
        return self.pool(pool) + self.outage(statistics)
            + self.packing(statistics) + [size].compactMap { $0 }
    }

    private static func pool(_ pool: WorkerBackend.PoolFigures) -> [MetricFamily] {
        [
            .gauge("tapedeck_database_connections", "Open connections.", pool.connections),
            .gauge("tapedeck_database_connections_in_use", "Connections that are busy.", pool.connectionsInUse),
            .gauge("tapedeck_database_waiters", "Callers that wait for a connection.", pool.waiters),
            .counter("tapedeck_database_waits_total", "Waits for a connection that have ended.", pool.waits),
            .counter(
                "tapedeck_database_wait_seconds_total",
                "How long these waits took together.",
                pool.waitTime / .seconds(1)
            ),
            .counter("tapedeck_database_refusals_total", "Waits that ended in a refusal.", pool.refusals),
            .counter("tapedeck_database_reconnections_total", "Connections opened anew.", pool.reconnections),
        ]
    }

    private static func packing(_ statistics: CacheStatistics) -> [MetricFamily] {
        [
            .counter(
                "tapedeck_packed_blocks_total",
                "Blocks that this worker has packed from rows.",
                statistics.packedBlocks
            ),
            .counter("tapedeck_packed_bars_total", "Bars in these blocks.", statistics.packedBars),
            .counter("tapedeck_packed_bytes_total", "Bytes of these blocks.", statistics.packedBytes),
            .counter(
                "tapedeck_damaged_blocks_total",
                "Packed blocks that could not be read and were given up, to be bought again.",
                statistics.damagedBlocks
            ),
        ]
    }

    private static func outage(_ statistics: CacheStatistics) -> [MetricFamily] {
        [
            .gauge(
                "tapedeck_database_up",
                "1 while the database answers, takes writes and has everything.",
                statistics.databaseState.condition == .up ? 1 : 0
            ),
            .counter(
                "tapedeck_database_outages_total",
                "How often the database stopped being up.",
                statistics.databaseOutages
            ),
            .gauge(
                "tapedeck_write_behind_records",
                "Records bought that wait to be written.",
                statistics.writeBehindRecords
            ),
            .gauge(
                "tapedeck_write_behind_records_max",
                "The most records that may wait.",
                statistics.writeBehindRecordsMax
            ),
            .gauge(
                "tapedeck_write_behind_oldest_seconds",
                "How long the oldest of them has waited; 0 when none does.",
                statistics.writeBehindAge / .seconds(1)
            ),
            .counter(
                "tapedeck_write_behind_dropped_total",
                "Records bought that could not be written and are lost.",
                statistics.writeBehindDropped
            ),
        ]
    }
}
