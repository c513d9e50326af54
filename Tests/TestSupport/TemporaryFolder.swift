import Foundation

/// A fresh folder for one test, removed with all that is in it when the test ends.
package struct TemporaryFolder: Sendable {
    /// The folder's absolute path.
    package let path: String

    /// Lends a fresh folder to `body`, then removes it.
    @discardableResult
    package static func with<Result: Sendable>(
        _ body: (TemporaryFolder) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tapedeck-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(TemporaryFolder(path: folder.path))
    }
}
