package import Tapedeck

extension JSONWriter {
    /// Memory, reads and purchases of a process, and what its database holds.
    package mutating func write(
        _ statistics: CacheStatistics,
        database: WorkerBackend.DatabaseFigures,
        pool: WorkerBackend.PoolFigures
    ) {
        self.beginObject()
        self.figures(
            "memory",
            [
                ("bars", statistics.barsHeld), ("bars_max", statistics.barsMax), ("pages", statistics.pagesHeld),
                ("series", statistics.seriesHeld), ("quotes", statistics.quotesHeld),
                ("quotes_max", statistics.quotesMax), ("evictions", statistics.evictions),
                ("bytes", statistics.bytesHeld),
            ]
        )
        self.figures(
            "reads",
            [
                ("memory", statistics.memoryHits), ("database", statistics.databaseHits),
                ("provider", statistics.providerReads), ("failures", statistics.failures),
                ("joins", statistics.joins), ("fetches_now", statistics.flights),
                ("waiters_now", statistics.waiters),
            ]
        )
        self.key("purchases")
        self.beginObject()
        self.fields([
            ("begun", statistics.purchases), ("failed", statistics.purchaseFailures),
            ("records", statistics.recordsBought), ("bytes", statistics.bytesBought),
            ("ledger_failures", statistics.ledgerFailures), ("budget_refusals", statistics.budgetRefusals),
        ])
        self.key("usd")
        self.value(statistics.costUSD)
        self.endObject()
        self.key("saved")
        self.beginObject()
        self.fields([("records", statistics.recordsSaved), ("bytes", statistics.bytesSaved)])
        self.key("usd")
        self.value(statistics.savedUSD)
        self.endObject()
        self.figures(
            "retention",
            [("runs", statistics.retentionRuns), ("rows_removed", statistics.retentionRowsRemoved)]
        )
        self.figures(
            "packing",
            [
                ("blocks", statistics.packedBlocks), ("bars", statistics.packedBars),
                ("bytes", statistics.packedBytes), ("damaged_blocks", statistics.damagedBlocks),
            ]
        )
        self.figures(
            "degrading",
            [
                ("stale_answers", statistics.staleAnswers), ("revalidations", statistics.revalidations),
                ("refreshes_ahead", statistics.refreshesAhead), ("renewals_now", statistics.renewals),
            ]
        )
        self.writeModeAndBreakers(statistics)
        self.write(database: database, pool: pool, statistics)
        self.figures(
            "write_behind",
            [
                ("records", statistics.writeBehindRecords), ("records_max", statistics.writeBehindRecordsMax),
                ("oldest_seconds", Int(statistics.writeBehindAge.components.seconds)),
                ("dropped", statistics.writeBehindDropped),
            ]
        )
        self.figures(
            "fleet",
            [
                ("listening", statistics.fleet.isListening ? 1 : 0), ("peers", statistics.fleet.peers),
                ("alone", statistics.fleet.isAlone ? 1 : 0), ("leases", statistics.fleet.leases),
                ("waiting", statistics.fleet.waiting), ("refusals", statistics.fleet.refusals),
                ("messages_sent", statistics.fleet.sent), ("messages_heard", statistics.fleet.heard),
                ("messages_missed", statistics.fleet.missed), ("comparisons", statistics.fleet.compares),
                ("series_reloaded", statistics.fleet.reloads), ("ranges_warmed", statistics.fleet.warmed),
                ("bars_warmed", statistics.fleet.barsWarmed), ("connections_lost", statistics.fleet.losses),
            ]
        )
        self.key("budget")
        if let budget = statistics.budget { self.write(budget) } else { self.null() }
        self.endObject()
    }

    private mutating func write(_ budget: BudgetReport) {
        self.beginObject()
        self.key("day")
        self.value(budget.day?.description)
        self.key("spent_usd")
        self.value(budget.spentUSD)
        self.key("limit_usd")
        self.value(budget.limitUSD)
        self.key("clients")
        self.beginArray()
        for client in budget.clients {
            self.beginObject()
            self.key("name")
            self.value(client.name)
            self.key("spent_usd")
            self.value(client.spentUSD)
            self.key("limit_usd")
            self.value(client.limitUSD)
            self.endObject()
        }
        self.endArray()
        self.endObject()
    }

    /// What the cache does with its stores and providers, and whether these are left alone: two fields of an object.
    mutating func writeModeAndBreakers(_ statistics: CacheStatistics) {
        self.key("mode")
        self.value(statistics.mode.rawValue)
        self.key("breakers")
        self.beginArray()
        for breaker in statistics.breakers {
            self.beginObject()
            self.key("provider")
            self.value(breaker.provider.description)
            self.key("state")
            self.value(breaker.state.rawValue)
            self.key("since")
            self.value(breaker.since)
            self.key("failures")
            self.value(breaker.failures)
            self.endObject()
        }
        self.endArray()
    }

    private mutating func write(
        database: WorkerBackend.DatabaseFigures,
        pool: WorkerBackend.PoolFigures,
        _ statistics: CacheStatistics
    ) {
        self.key("database")
        self.beginObject()
        self.key("state")
        self.value(statistics.databaseState.condition.rawValue)
        self.key("since")
        self.value(statistics.databaseState.since.description)
        self.key("outages")
        self.value(statistics.databaseOutages)
        self.key("bytes")
        self.value(database.bytes)
        self.key("growth_bytes")
        self.value(database.growth?.bytes)
        self.key("growth_since")
        self.value(database.growth?.since)
        self.key("rows")
        self.beginArray()
        for (table, count) in database.rows {
            self.beginObject()
            self.key("table")
            self.value(table)
            self.key("rows")
            self.value(count)
            self.key("exact")
            self.value(!database.inexactTables.contains(table))
            self.endObject()
        }
        self.endArray()
        self.fields([
            ("connections", pool.connections), ("connections_in_use", pool.connectionsInUse),
            ("waiters", pool.waiters), ("refusals", pool.refusals), ("reconnections", pool.reconnections),
            ("waits", pool.waits),
        ])
        self.key("wait_seconds")
        self.value(pool.waitTime / .seconds(1))
        self.endObject()
    }

    private mutating func figures(_ name: StaticString, _ figures: [(StaticString, Int)]) {
        self.key(name)
        self.beginObject()
        self.fields(figures)
        self.endObject()
    }

    private mutating func fields(_ figures: [(StaticString, Int)]) {
        for (key, figure) in figures {
            self.key(key)
            self.value(figure)
        }
    }
}
