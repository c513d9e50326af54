import ArgumentParser
import Tapedeck
import TapedeckServer

/// Turns packed bars back into rows.
struct UnpackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpack",
        abstract: "Turn packed bars back into rows of bars_cache.",
        discussion: """
            The rows are those that were packed, with their revisions and fetch times. Each stretch is a transaction that \
            readers and workers do not notice. Ctrl-C stops behind the stretch under way; the same command passes \
            over what is done and goes on. A series that fails is named, and the others are unpacked. Workers pack the bars \
            again unless TAPEDECK_PACK_AFTER is 'never' for all of them. Blocks that cannot be read are named and given up: \
            their stretches are bought again when they are asked for.

            Freed space is used again for new blocks. To give it back to the system run VACUUM FULL bars_packed on \
            Postgres; of a SQLite file stop the workers and run VACUUM on it (sqlite3 FILE VACUUM).

              TAPEDECK_PACK_AFTER=never tapedeck unpack
              tapedeck unpack ES.c.0 --timeframe 1h

            Exit codes: 0 done, 1 a block was damaged, a series failed, a symbol has no bars, or the database failed, 130 \
            stopped, 64 wrong arguments or settings.
            """
    )

    @OptionGroup var scope: PackingOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load()
        let scope = try self.scope.parsed()
        if let packAfter = settings.packAfter {
            StandardOutput.error(
                "pack-after (TAPEDECK_PACK_AFTER) is \(DurationText.text(packAfter)): workers pack again what is older; "
                    + "set it to 'never' for all of them to keep rows"
            )
        }
        let isJSON = self.output.json
        let code = try await Assembly.with(settings, for: .command, logger: logger) { assembly in
            let result = try await PackingRun(store: assembly.store, direction: .unpack).run(scope)
            let dialect = assembly.store.database.dialect
            PackingPrinter(isJSON: isJSON, direction: .unpack, dialect: dialect).print(result)
            return result.exitCode
        }
        if code != 0 { throw ExitCode(code) }
    }
}
