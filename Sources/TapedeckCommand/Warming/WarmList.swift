import MarketData
import TapedeckServer

/// What is kept at hand: so many of the newest bars of a symbol and timeframe.
struct WarmEntry: Hashable, Sendable, CustomStringConvertible {
    /// The symbol in the one spelling that names its series.
    let symbol: String
    /// The length of a bar.
    let timeframe: Timeframe
    /// How many of the newest bars.
    let count: Int

    /// The entry as it is written in a list.
    var description: String { "\(self.symbol):\(self.timeframe):\(self.count)" }
}

/// A list of what is kept at hand.
struct WarmList: Equatable, Sendable {
    /// The most entries that a list may have.
    static let entriesMax = 1_000

    /// The entries, in the order in which they are warmed.
    let entries: [WarmEntry]

    /// Creates a list.
    init(_ entries: [WarmEntry] = []) {
        self.entries = entries
    }

    /// Reads entries `SYMBOL:TIMEFRAME:BARS`, separated by commas or lines; what follows a `#` in a line is left out.
    ///
    /// Throws `ConfigurationError`.
    init(parsing text: String, barsMax: Int) throws {
        var entries: [WarmEntry] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let content = line.prefix { $0 != "#" }
            for part in content.split(separator: ",").map({ String($0).trimmed }) where !part.isEmpty {
                let entry = try Self.entry(part, barsMax: barsMax)
                guard !entries.contains(where: { $0.symbol == entry.symbol && $0.timeframe == entry.timeframe }) else {
                    throw ConfigurationError("warm: \(entry.symbol) \(entry.timeframe) is there twice")
                }
                entries.append(entry)
            }
        }
        guard entries.count <= Self.entriesMax else {
            throw ConfigurationError("warm: the list has \(entries.count) entries, more than \(Self.entriesMax)")
        }
        self.entries = entries
    }

    private static func entry(_ text: String, barsMax: Int) throws -> WarmEntry {
        // From behind, as a symbol may hold a colon itself.
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard parts.count >= 3, let count = Int(parts.removeLast()), (1...barsMax).contains(count) else {
            throw ConfigurationError(
                ConfigurationKeys.warm,
                value: text,
                allowed: "SYMBOL:TIMEFRAME:BARS with 1 to \(barsMax) bars, as in ES.c.0:1h:500"
            )
        }
        do throws(MarketDataError) {
            let timeframe = try Timeframe(parsing: parts.removeLast())
            let symbol = try SymbolSpelling.spelled(parts.joined(separator: ":"), as: nil)
            return WarmEntry(symbol: symbol, timeframe: timeframe, count: count)
        } catch {
            throw ConfigurationError(
                "warm: '\(text.prefix(100))': \(error.message) (set by \(ConfigurationKeys.warm.places))"
            )
        }
    }
}
