import ArgumentParser
import MarketData
import Tapedeck
import TapedeckServer

/// Makes sure that the newest bars are in the database.
struct WarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warm",
        abstract: "Make sure that the newest bars are in the database, and buy what is missing.",
        discussion: """
            Without symbols it takes the list of TAPEDECK_WARM or TAPEDECK_WARM_FILE. A worker puts that list into its \
            memory at its start by itself; what this command has bought it then finds in the database.

              tapedeck warm ES.c.0 NQ.c.0 --timeframe 1h --timeframe 1m --last 500
              TAPEDECK_WARM=ES.c.0:1h:500,ES.c.0:1m:1440 tapedeck warm

            Exit codes: 0 all there is stored, 1 something is missing, 64 wrong arguments or settings.
            """
    )

    @Argument(help: "What the provider calls the instruments: ESZ6, ES.c.0.")
    var symbols: [String] = []

    @Option(help: "The length of a bar; may be given several times.")
    var timeframe: [String] = []

    @Option(help: "The newest so many bars of each, 1 to 100000.")
    var last: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if self.symbols.isEmpty {
            guard self.timeframe.isEmpty, self.last == nil else {
                throw ValidationError("--timeframe and --last belong to symbols: name some.")
            }
        } else {
            guard !self.timeframe.isEmpty, self.last != nil else {
                throw ValidationError("Say which bars of these symbols: --timeframe 1h --last 500.")
            }
        }
    }

    func run() async throws {
        let (settings, logger) = try await self.common.load(self.provider.flags)
        let entries = try self.entries(settings)
        let outcomes = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { cache in
                let warmer = Warmer(
                    cache: cache,
                    concurrencyMax: settings.warmConcurrencyMax,
                    client: CommandIdentity.client
                )
                var outcomes: [WarmEntry: Warmer.Outcome] = [:]
                try await warmer.run(entries) { outcomes[$0.entry] = $0 }
                return entries.compactMap { outcomes[$0] }
            }
        }
        self.print(outcomes)
        guard outcomes.allSatisfy(\.isComplete) else { throw ExitCode.failure }
    }

    private func entries(_ settings: Settings) throws -> [WarmEntry] {
        if self.symbols.isEmpty {
            guard !settings.warmList.entries.isEmpty else {
                throw ValidationError("Name symbols, or set \(ConfigurationKeys.warm.environment).")
            }
            return settings.warmList.entries
        }
        let count = self.last ?? 0
        guard (1...settings.cache.answerBarsMax).contains(count) else {
            throw ValidationError("--last \(count) is not a whole number from 1 to \(settings.cache.answerBarsMax).")
        }
        var entries: [WarmEntry] = []
        for symbol in self.symbols {
            for timeframe in self.timeframe {
                let entry = WarmEntry(
                    symbol: try SymbolSpelling.spelled(symbol, as: nil),
                    timeframe: try Timeframe(parsing: timeframe),
                    count: count
                )
                if !entries.contains(entry) { entries.append(entry) }
            }
        }
        return entries
    }

    private func print(_ outcomes: [Warmer.Outcome]) {
        if self.output.json {
            StandardOutput.json { json in
                json.beginArray()
                for outcome in outcomes { Self.write(outcome, to: &json) }
                json.endArray()
            }
            return
        }
        var table = TextTable([
            ("symbol", .left), ("timeframe", .left), ("bars", .right), ("from", .left), ("state", .left),
        ])
        for outcome in outcomes {
            let answer = try? outcome.result.get()
            table.add([
                outcome.entry.symbol, outcome.entry.timeframe.rawValue, NumberText.text(answer?.bars.count),
                answer?.tier.rawValue ?? "-", outcome.state,
            ])
        }
        StandardOutput.write(table.text.utf8)
    }

    private static func write(_ outcome: Warmer.Outcome, to json: inout JSONWriter) {
        let answer = try? outcome.result.get()
        json.beginObject()
        json.key("symbol")
        json.value(outcome.entry.symbol)
        json.key("timeframe")
        json.value(outcome.entry.timeframe.rawValue)
        json.key("asked")
        json.value(outcome.entry.count)
        json.key("bars")
        json.value(answer?.bars.count)
        json.key("tier")
        json.value(answer?.tier.rawValue)
        json.key("complete")
        json.value(outcome.isComplete)
        json.key("detail")
        json.value(outcome.isComplete ? nil : outcome.state)
        json.endObject()
    }
}

extension Warmer.Outcome {
    /// What is to be said of it.
    fileprivate var state: String {
        switch self.result {
        case .success(let answer) where answer.isComplete: "complete"
        case .success(let answer):
            answer.missing.first.map { "missing \($0.range): \($0.reason) (\($0.detail))" } ?? "there are no more"
        case .failure(let error): CommandFailure(error)?.message ?? "\(error)"
        }
    }
}
