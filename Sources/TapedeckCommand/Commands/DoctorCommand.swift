import ArgumentParser
import Logging
import Providers

/// Looks whether everything that a worker needs is in order.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether settings, database, key, provider, clock and disk are in order, and say what to do.",
        discussion: """
            It changes nothing and buys nothing: a write is tried and taken back, the provider is asked only what is free.

              tapedeck doctor
              tapedeck doctor --json

            Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 64 wrong arguments.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var findings = [Finding.ok("program", ProgramVersions.text)]
        do {
            let (settings, logger) = try await self.common.load(self.provider.flags, logLevel: .critical)
            findings.append(.ok("settings", "can be used; 'tapedeck config' shows them"))
            findings += await DatabaseDiagnosis(settings: settings, logger: logger).findings()
            let registry = try Assembly.providers(settings, logger: logger)
            findings += await ProviderDiagnosis(settings: settings, registry: registry).findings()
        } catch let error as ConfigurationError {
            findings.append(.fail("settings", error.description, "fix the setting"))
        }
        DiagnosisPrinter(isJSON: self.output.json).print(findings)
        if findings.contains(where: { $0.level == .fail }) { throw ExitCode.failure }
    }
}
