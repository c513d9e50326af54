import ArgumentParser
import MarketStore
import SQLDatabase
import TapedeckServer

/// Brings the database's tables to this program's version.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database's tables to this program's version.",
        discussion: """
            'tapedeck serve' does it at its start. Several processes may do it at once; a database that is newer than the \
            program, or whose migrations were changed, is left alone.

              tapedeck migrate --status
              tapedeck migrate
            """
    )

    @Flag(help: "Only print which migrations are applied and which are not.")
    var status = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (settings, logger) = try await self.common.load()
        let isStatusOnly = self.status
        let (applied, status) = try await Assembly.with(settings, for: .migration, logger: logger) { assembly in
            let applied = isStatusOnly ? [] : try await assembly.store.migrate()
            return (applied, try await assembly.store.migrationStatus())
        }
        if self.output.json {
            StandardOutput.json { Self.write(status, appliedNow: applied, to: &$0) }
            return
        }
        var table = TextTable([("migration", .left), ("state", .left)])
        for migration in status.applied {
            table.add([migration.description, applied.contains(migration) ? "applied now" : "applied"])
        }
        for migration in status.pending {
            table.add([migration.description, "not applied"])
        }
        StandardOutput.write(table.text.utf8)
    }

    private static func write(
        _ status: MigrationStatus,
        appliedNow: [AppliedMigration],
        to json: inout JSONWriter
    ) {
        json.beginObject()
        json.key("current")
        json.value(status.isCurrent)
        json.key("applied_now")
        json.beginArray()
        for migration in appliedNow { json.value(migration.description) }
        json.endArray()
        json.key("applied")
        json.beginArray()
        for migration in status.applied { json.value(migration.description) }
        json.endArray()
        json.key("pending")
        json.beginArray()
        for migration in status.pending { json.value(migration.description) }
        json.endArray()
        json.endObject()
    }
}
