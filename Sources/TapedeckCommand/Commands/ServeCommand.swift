import ArgumentParser
import Logging
import MarketData
import Metrics
import SQLDatabase
import TapedeckServer

/// Runs a worker.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer bots over HTTP until SIGTERM or SIGINT.",
        discussion: """
            Without a key it serves a simulated market; with DATABENTO_API_KEY it buys from Databento. What is bought is \
            kept in the database, so that nothing is bought twice.

              tapedeck serve
              DATABENTO_API_KEY=db-… tapedeck serve --port 9000
              DATABASE_URL=postgres://tapedeck@db/market tapedeck serve --config tapedeck.yaml
              curl 'http://127.0.0.1:8080/v1/bars?symbol=ES.c.0&timeframe=1h&last=24'

            Settings, by flag, environment and file, the first of them wins. Durations are written 250ms, 30s, 5m, 2h, 7d.

            \(ConfigurationKeys.documentation)
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var provider: ProviderOption

    @Option(help: "The address to listen on; other than loopback only with tokens (or TAPEDECK_HOST).")
    var host: String?

    @Option(help: "The TCP port to listen on, 0 for a free one (or TAPEDECK_PORT).")
    var port: String?

    @Flag(help: "Print requests to try.")
    var examples = false

    func run() async throws {
        var flags = self.provider.flags
        flags[ConfigurationKeys.host] = self.host
        flags[ConfigurationKeys.port] = self.port
        let (settings, logger) = try await self.common.load(flags, logLevel: .info)
        // Before anything is opened or changed.
        try settings.worker.validate()
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let showsExamples = self.examples
        try await Assembly.with(settings, for: .worker, logger: logger) { assembly in
            let worker = try Worker(
                backend: assembly.backend,
                companions: assembly.companions,
                registry: registry,
                configuration: settings.worker,
                clock: ContinuousClock(),
                wallClock: assembly.time.now,
                logger: logger,
                onListening: { port in
                    ServeGreeting(settings: settings, port: port).print(examples: showsExamples, logger: logger)
                }
            )
            try await worker.run()
        }
    }
}
