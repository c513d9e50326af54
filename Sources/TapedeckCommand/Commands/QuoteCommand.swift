import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Prints the newest quote.
struct QuoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quote",
        abstract: "Print the newest quote of a symbol, with its spread and true age.",
        discussion: """
            A quote that was fetched within the last five minutes is not bought again.

              tapedeck quote ES.c.0
              tapedeck quote AAPL --provider databento/XNAS.ITCH --json
            """
    )

    @OptionGroup var symbol: SymbolOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let request = try self.symbol.latestRequest()
        let answer = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { try await $0.quote(request) }
        }
        if self.output.json {
            StandardOutput.json { $0.write(answer) }
            return
        }
        StandardOutput.fields([
            ("symbol", answer.symbol),
            ("provider", answer.provider.description),
            ("time", NumberText.text(answer.quote?.timestamp)),
            ("bid", Self.side(answer.quote?.bidPrice, answer.quote?.bidSize)),
            ("ask", Self.side(answer.quote?.askPrice, answer.quote?.askSize)),
            ("spread", NumberText.text(answer.quote?.spread)),
            ("age", NumberText.seconds(answer.age)),
            ("stale", answer.isStale ? "yes: \(answer.staleReason ?? "")" : "no"),
            ("from", answer.tier.rawValue),
        ])
    }

    private static func side(_ price: Double?, _ size: Double?) -> String {
        price == nil ? "-" : "\(NumberText.text(price)) x \(NumberText.text(size))"
    }
}

extension SymbolOptions {
    /// The request for the newest prices, with the command line as its client.
    func latestRequest(maxAge: Duration? = nil) throws -> LatestRequest {
        LatestRequest(
            symbol: try self.spelled(),
            maxAge: maxAge,
            client: CommandIdentity.client,
            requestID: CommandIdentity.requestID()
        )
    }
}

extension StandardOutput {
    /// Prints one JSON value and a newline.
    static func json(_ body: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        body(&json)
        self.write(json.buffer.readableBytesView)
        self.print("")
    }

    /// Prints names and values, one pair a line.
    static func fields(_ fields: [(name: String, value: String)]) {
        let width = fields.map(\.name.count).max() ?? 0
        for (name, value) in fields {
            self.print(name + String(repeating: " ", count: width - name.count + 2) + value)
        }
    }
}
