import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Which bars of a symbol.
struct SpanOptions: ParsableArguments {
    @Argument(help: "The length of a bar: 1s 1m 5m 10m 15m 30m 1h 2h 4h or 1d.")
    var timeframe: String

    @Option(help: "The newest so many bars, 1 to 100000.")
    var last: Int?

    @Option(help: "Where the range begins.")
    var start: String?

    @Option(help: "Where the range ends; now when left out.")
    var end: String?

    func validate() throws {
        if self.last != nil, self.start != nil || self.end != nil {
            throw ValidationError("Give either --last or --start and --end, not both.")
        }
        if self.last == nil, self.start == nil {
            throw ValidationError("Say which bars: --last 24, or --start 2026-01-05 with or without --end.")
        }
        if let last = self.last, !(1...100_000).contains(last) {
            throw ValidationError("--last \(last) is not a whole number from 1 to 100000.")
        }
    }

    /// The request, with the command line as its client.
    ///
    /// Throws `MarketDataError` for malformed text.
    func request(_ symbol: SymbolOptions, refresh: Bool) throws -> BarsRequest {
        let span: BarsRequest.Span
        if let last = self.last {
            span = .last(last)
        } else {
            span = .range(try TimeRange(parsingStart: self.start, end: self.end))
        }
        return BarsRequest(
            symbol: try symbol.spelled(),
            timeframe: try Timeframe(parsing: self.timeframe),
            span: span,
            refresh: refresh,
            client: CommandIdentity.client,
            requestID: CommandIdentity.requestID()
        )
    }
}

/// How the command line shows itself in the ledger.
enum CommandIdentity {
    /// The client's name.
    static let client = "command-line"

    /// A new identifier of a request.
    static func requestID() -> String {
        "cli-" + String(UInt32.random(in: .min ... .max), radix: 16)
    }
}

extension SymbolOptions {
    /// The symbol in the one spelling that names its series.
    ///
    /// Throws `MarketDataError` for a malformed symbol, `ValidationError` for an unknown symbology.
    func spelled() throws -> String {
        let type = try self.stypeIn.map { text in
            guard let type = SymbolSpelling.Symbology(rawValue: text) else {
                throw ValidationError("--stype-in '\(text)' is not raw_symbol, continuous or instrument_id.")
            }
            return type
        }
        return try SymbolSpelling.spelled(self.symbol, as: type)
    }
}

extension TimeRange {
    /// The range between two texts; without an end it ends now.
    init(parsingStart start: String?, end: String?) throws(MarketDataError) {
        let startTime = try Timestamp(parsing: start ?? "")
        let endTime: Timestamp
        if let end { endTime = try Timestamp(parsing: end) } else { endTime = SystemTime.now() }
        try self.init(start: startTime, end: endTime)
    }
}
