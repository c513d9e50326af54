import ArgumentParser
import MarketStore
import Tapedeck
import TapedeckServer

/// Prints what the database holds.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Print what the database holds: rows, bytes and symbols.",
        discussion: """
            Of a table with more than \(MarketStore.countedRowsMax) rows it tells the database's estimate, or that there are \
            more. The growth is told from the sizes that workers note each hour: over the last day, or as long as there are \
            any. A worker's own figures (memory, hit rates, purchases) are at its /admin/cache/stats and /metrics.

              tapedeck stats
              tapedeck stats --json
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load()
        let (statistics, symbols) = try await Assembly.with(
            settings,
            for: .command,
            logger: logger
        ) { assembly in
            (try await assembly.store.statistics(), try await assembly.running { try await $0.symbols() })
        }
        if self.output.json {
            StandardOutput.json { Self.write(statistics, symbolCount: symbols.count, to: &$0) }
            return
        }
        StandardOutput.print(Self.headline(statistics, symbolCount: symbols.count))
        var table = TextTable([("table", .left), ("rows", .right), ("bytes", .right)])
        for entry in statistics.tables {
            table.add([
                entry.name, entry.accuracy.prefix + String(entry.rowCount),
                NumberText.text(entry.byteCount),
            ])
        }
        StandardOutput.write(table.text.utf8)
        if let packed = statistics.packedBarCount, packed > 0 {
            StandardOutput.print("a row of bars_packed is a block: they hold \(NumberText.count(packed, "bar"))")
        }
        var list = TextTable([
            ("symbol", .left), ("provider", .left), ("series", .left), ("start", .left), ("end", .left),
            ("records", .right),
        ])
        for symbol in symbols {
            for entry in symbol.entries {
                list.add([
                    symbol.symbol, symbol.provider.description, "\(entry.timeframe) \(entry.kind)",
                    NumberText.text(entry.bounds?.start), NumberText.text(entry.bounds?.end),
                    NumberText.text(entry.recordCount),
                ])
            }
        }
        if !symbols.isEmpty { StandardOutput.write(("\n" + list.text).utf8) }
    }

    private static func headline(_ statistics: StoreStatistics, symbolCount: Int) -> String {
        let growth = statistics.growth.map { growth in
            "\(growth.byteCount < 0 ? "" : "+")\(growth.byteCount) since \(growth.since)"
        }
        return "\(statistics.databaseByteCount) bytes (\(growth ?? "growth not known yet")), "
            + NumberText.count(symbolCount, "symbol")
    }

    private static func write(_ statistics: StoreStatistics, symbolCount: Int, to json: inout JSONWriter) {
        json.beginObject()
        json.key("bytes")
        json.value(statistics.databaseByteCount)
        json.key("growth_bytes")
        json.value(statistics.growth?.byteCount)
        json.key("growth_since")
        json.value(statistics.growth?.since)
        json.key("symbols")
        json.value(symbolCount)
        json.key("packed_bars")
        json.value(statistics.packedBarCount)
        json.key("tables")
        json.beginArray()
        for entry in statistics.tables {
            json.beginObject()
            json.key("table")
            json.value(entry.name)
            json.key("rows")
            json.value(entry.rowCount)
            json.key("accuracy")
            json.value(entry.accuracy.rawValue)
            json.key("bytes")
            json.value(entry.byteCount)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension StoreStatistics.Table.Accuracy {
    /// What stands before a number of rows.
    fileprivate var prefix: String {
        switch self {
        case .exact: ""
        case .estimate: "about "
        case .atLeast: "at least "
        }
    }
}
