import ArgumentParser
import Tapedeck
import TapedeckServer

/// Removes what the retention does not keep.
struct CleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup",
        abstract: "Remove from the database what its retention does not keep.",
        discussion: """
            Bars are kept for good. Past quotes, and the trades bought with the newest ones, are kept for \
            TAPEDECK_QUOTES_RETENTION (7d), except each symbol's newest. A worker does the same once a day.

              TAPEDECK_QUOTES_RETENTION=30d tapedeck cleanup
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load()
        let answer = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            try await assembly.running { try await $0.cleanup() }
        }
        if self.output.json {
            StandardOutput.json { $0.write(answer) }
        } else {
            StandardOutput.print("\(answer.rowsRemoved) rows removed from the database")
        }
    }
}
