import MarketData
import Tapedeck
import TapedeckServer

/// Prints bars as they come, so that a range of any size fits into memory.
struct BarsPrinter: Sendable {
    /// How bars are printed.
    enum Format: Sendable { case table, csv, json }

    let format: Format

    /// Asks the cache and prints its answer; what is missing or stale is told on standard error unless JSON tells it.
    func print(_ request: BarsRequest, from cache: MarketDataCache) async throws {
        switch request.span {
        case .last:
            let answer = try await cache.bars(request)
            if self.format == .json {
                var json = JSONWriter()
                json.write(answer)
                StandardOutput.write(json.buffer.readableBytesView)
                StandardOutput.print("")
            } else {
                self.warn(missing: answer.missing, isStale: answer.isStale)
                self.printHeader()
                self.printPage(answer.bars)
            }
        case .range:
            try await self.stream(request, from: cache)
        }
    }

    private func stream(_ request: BarsRequest, from cache: MarketDataCache) async throws {
        var json = JSONWriter()
        try await cache.streamBars(request) { head in
            if self.format == .json {
                json.beginStream(head)
            } else {
                self.warn(missing: head.missing, isStale: head.isStale)
                self.printHeader()
            }
        } page: { bars in
            if self.format == .json {
                for bar in bars { json.value(bar) }
                StandardOutput.write(json.takeBuffer().readableBytesView)
            } else {
                self.printPage(bars)
            }
        }
        if self.format == .json {
            json.endStream()
            StandardOutput.write(json.buffer.readableBytesView)
            StandardOutput.print("")
        }
    }

    private func printHeader() {
        switch self.format {
        case .json: break
        case .csv:
            var csv = CSVWriter()
            csv.barHeader()
            StandardOutput.write(csv.buffer.readableBytesView)
        case .table:
            StandardOutput.print(Self.row(["time", "open", "high", "low", "close", "volume", "", "revision"]))
        }
    }

    private func printPage(_ bars: [Bar]) {
        switch self.format {
        case .json: break
        case .csv:
            var csv = CSVWriter()
            for bar in bars { csv.bar(bar) }
            StandardOutput.write(csv.buffer.readableBytesView)
        case .table:
            let lines = bars.map { bar in
                let numbers = [bar.open, bar.high, bar.low, bar.close, bar.volume].map { NumberText.text($0) }
                return Self.row(
                    [bar.timestamp.description] + numbers + [bar.isFinal ? "final" : "forming", String(bar.revision)]
                )
            }
            if !lines.isEmpty { StandardOutput.print(lines.joined(separator: "\n")) }
        }
    }

    private func warn(missing: [MissingRange], isStale: Bool) {
        for part in missing {
            StandardOutput.error("tapedeck: missing \(part.range): \(part.reason) (\(part.detail))")
        }
        if isStale { StandardOutput.error("tapedeck: stale: stored bars could not be renewed") }
    }

    /// Columns of fixed width, as a stream's widest cell is not known beforehand.
    private static func row(_ cells: [String]) -> String {
        let widths = [20, 12, 12, 12, 12, 10, 7, 8]
        let padded = zip(cells, widths).enumerated().map { index, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return index == 0 || index == 6 ? cell.0 + space : space + cell.0
        }
        return padded.joined(separator: " ")
    }
}
