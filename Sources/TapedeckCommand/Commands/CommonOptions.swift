import ArgumentParser
import Foundation
import Logging

/// The options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(help: "Where everything is kept: sqlite:PATH or postgres://…, without a password (or DATABASE_URL).")
    var database: String?

    @Option(help: "A YAML or JSON file with settings (or TAPEDECK_CONFIG).")
    var config: String?

    /// The flags that were given, by their settings.
    private var flags: [ConfigurationKey: String] {
        var flags: [ConfigurationKey: String] = [:]
        flags[ConfigurationKeys.database] = self.database
        flags[ConfigurationKeys.config] = self.config
        return flags
    }

    /// The flags that were given, with further ones of the command.
    func allFlags(with further: [ConfigurationKey: String?]) -> [ConfigurationKey: String] {
        self.flags.merging(further.compactMapValues { $0 }) { _, later in later }
    }

    /// All settings, with further flags of the command, and a logger that obeys them.
    func load(
        _ further: [ConfigurationKey: String?] = [:],
        logLevel: Logger.Level = .error
    ) async throws -> (settings: Settings, logger: Logger) {
        let flags = self.allFlags(with: further)
        let settings = try await Settings.load(flags: flags, environment: ProcessInfo.processInfo.environment)
        let level = settings.logLevel ?? logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return (settings, Logger(label: "tapedeck"))
    }
}

/// Where commands that may buy do so.
struct ProviderOption: ParsableArguments {
    @Option(
        help: "Where to buy: databento/DATASET or simulated, or several separated by commas (or TAPEDECK_PROVIDER)."
    )
    var provider: String?

    @Option(help: "cache, bypass (buy past the cache) or offline (buy nothing) (or TAPEDECK_MODE).")
    var mode: String?

    /// The flags, if they were given, by their settings.
    var flags: [ConfigurationKey: String?] {
        [ConfigurationKeys.provider: self.provider, ConfigurationKeys.mode: self.mode]
    }
}

/// How a command prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, as the worker answers it, in place of a table.")
    var json = false
}

/// Which instrument.
struct SymbolOptions: ParsableArguments {
    @Argument(help: "What the provider calls the instrument: ESZ6, ES.c.0.")
    var symbol: String

    @Option(help: "How the symbol is meant, where its shape says otherwise: raw_symbol, continuous or instrument_id.")
    var stypeIn: String?
}
