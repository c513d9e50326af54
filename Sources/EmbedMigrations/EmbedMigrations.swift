import Foundation
import PackagePlugin

/// Compiles the package's `migrations` folder into a target.
///
/// The folders are inputs beside their files, because SwiftPM keeps its plan, and with it the list of files, until a
/// manifest or source folder changes: a new migration must be found nevertheless.
@main
struct EmbedMigrations: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let migrations = context.package.directoryURL.appending(path: "migrations")
        let folders = ["postgres", "sqlite"].map { migrations.appending(path: $0) }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedMigrations.swift")
        return [
            .buildCommand(
                displayName: "Embed migrations",
                executable: try context.tool(named: "EmbedMigrationsTool").url,
                arguments: [output.path(percentEncoded: false)] + folders.map { $0.path(percentEncoded: false) },
                inputFiles: try folders + folders.flatMap(Self.files),
                outputFiles: [output]
            )
        ]
    }

    private static func files(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }
}
