import Foundation

/// The programs that tests start.
enum TestPrograms {
    /// The paths of the programs with this name.
    static func named(_ name: String) -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/sbin"]
            + versions.map { "/usr/lib/postgresql/\($0)/bin" }
        return folders.map { "\($0)/\(name)" }.filter(FileManager.default.isExecutableFile)
    }
}
