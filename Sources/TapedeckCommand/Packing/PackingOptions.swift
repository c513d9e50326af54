import ArgumentParser
import MarketData
import TapedeckServer

/// Which series are packed or unpacked.
struct PackingOptions: ParsableArguments {
    @Argument(help: "Only these symbols; all when left out.")
    var symbols: [String] = []

    @Option(help: "Only this timeframe; may be given several times.")
    var timeframe: [String] = []

    /// The scope, without a range of time.
    func parsed() throws -> VerificationScope {
        VerificationScope(
            symbols: try self.symbols.map { try SymbolSpelling.spelled($0, as: nil) },
            timeframes: try self.timeframe.map { try Timeframe(parsing: $0) },
            range: nil
        )
    }
}
