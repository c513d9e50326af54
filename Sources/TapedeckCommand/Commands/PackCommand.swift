import ArgumentParser
import Tapedeck
import TapedeckServer

/// Packs old bars at once.
struct PackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Pack old final bars into compressed blocks now, as a worker does by itself each hour.",
        discussion: """
            Bars of stretches that ended TAPEDECK_PACK_AFTER ago (7d) or --older-than become blocks: about \
            4 bytes a bar in place of 86 (SQLite) to 217 (Postgres). Each stretch is a transaction that readers and \
            workers do not notice. Ctrl-C stops behind the stretch under way; the same command passes over what is done \
            and goes on. A series that fails is named, and the others are packed. Blocks that cannot be read are named and \
            given up: their stretches count as never stored and are bought again when they are asked for.

            Freed space is used again for new rows. To give it back to the system run VACUUM FULL bars_cache on Postgres, \
            which locks the table meanwhile; of a SQLite file stop the workers and run VACUUM on it (sqlite3 FILE VACUUM).

              tapedeck pack
              tapedeck pack ES.c.0 NQ.c.0 --timeframe 1m --older-than 1d

            Exit codes: 0 done, 1 a block was damaged, a series failed, a symbol has no bars, or the database failed, 130 \
            stopped, 64 wrong arguments or settings.
            """
    )

    @OptionGroup var scope: PackingOptions

    @Option(help: "Pack what ended so long ago, 0s for all that has ended; TAPEDECK_PACK_AFTER when left out.")
    var olderThan: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load()
        let scope = try self.scope.parsed()
        let direction = SeriesPacking.Direction.pack(olderThan: try self.age(packAfter: settings.packAfter))
        let isJSON = self.output.json
        let code = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            let result = try await PackingRun(store: assembly.store, direction: direction).run(scope)
            let dialect = assembly.store.database.dialect
            PackingPrinter(isJSON: isJSON, direction: direction, dialect: dialect).print(result)
            return result.exitCode
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func age(packAfter: Duration?) throws -> Duration {
        if let text = self.olderThan {
            guard let age = DurationText.duration(text) else {
                throw ConfigurationError("--older-than \(text) is not a duration such as 0s, 30m, 2h or 7d")
            }
            return age
        }
        guard let packAfter else {
            throw ConfigurationError(
                "pack-after (TAPEDECK_PACK_AFTER) is 'never': say with --older-than how old the bars are that are packed"
            )
        }
        return packAfter
    }
}
