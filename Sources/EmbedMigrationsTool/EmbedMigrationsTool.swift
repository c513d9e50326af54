import Foundation

/// Writes a Swift file with the text of all migrations: `EmbedMigrationsTool OUTPUT FOLDER…`.
///
/// The folders are named after their dialects. A bad name, a gap in the numbers, or a step that one dialect lacks is an
/// error, which the build shows.
@main
struct EmbedMigrationsTool {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first else {
            Self.fail("usage: EmbedMigrationsTool OUTPUT FOLDER…")
        }
        do {
            let files = try arguments.dropFirst().flatMap(Self.files)
            let source = try MigrationSet(files).swiftSource
            try Data(source.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            Self.fail("\(error)")
        }
    }

    private static func files(in folder: String) throws -> [MigrationFile] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { !$0.hasPrefix(".") }
            .map { try MigrationFile(path: "\(folder)/\($0)") }
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("error: \(message)\n".utf8))
        exit(1)
    }
}
