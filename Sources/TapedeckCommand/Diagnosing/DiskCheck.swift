import Foundation

/// Looks at the disk that a SQLite file is on, and at the file's permissions.
enum DiskCheck {
    /// Below this it is time to act.
    static let freeBytesMin = 1 << 30
    /// Below this the database may fail at any time.
    static let freeBytesFatal = 100 << 20

    /// What is said of a disk with so many free bytes.
    static func space(freeBytes: Int, path: String) -> Finding {
        let message = "\(freeBytes / (1 << 20)) MiB free at \(path)"
        if freeBytes >= Self.freeBytesMin { return .ok("disk", message) }
        let advice = "make room, or move the database to another disk (DATABASE_URL)"
        return freeBytes < Self.freeBytesFatal ? .fail("disk", message, advice) : .warn("disk", message, advice)
    }

    /// What is said of a file with these permission bits.
    static func permissions(_ mode: Int, path: String) -> Finding {
        let text = String(mode & 0o777, radix: 8)
        if mode & 0o022 != 0 {
            return .warn("file", "\(path) may be written by others (mode \(text))", "chmod go-w '\(path)'")
        }
        return .ok("file", "\(path) has mode \(text)")
    }

    /// Looks at the file at `path` and at the disk under it.
    static func findings(path: String) -> [Finding] {
        let manager = FileManager.default
        var findings: [Finding] = []
        if let attributes = try? manager.attributesOfItem(atPath: path),
            let mode = attributes[.posixPermissions] as? NSNumber
        {
            findings.append(Self.permissions(mode.intValue, path: path))
        }
        let folder = Self.nearestFolder(of: path)
        if !manager.isWritableFile(atPath: folder) {
            findings.append(
                .fail("file", "\(folder) cannot be written by this user", "chown it, or choose another DATABASE_URL")
            )
        }
        if let system = try? manager.attributesOfFileSystem(forPath: folder),
            let free = system[.systemFreeSize] as? NSNumber
        {
            findings.append(Self.space(freeBytes: free.intValue, path: folder))
        } else {
            findings.append(.warn("disk", "the free space at \(folder) is not known", "look with df"))
        }
        return findings
    }

    /// The folder of the file, or the nearest one above it that exists.
    private static func nearestFolder(of path: String) -> String {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) {
            folder.deleteLastPathComponent()
        }
        return folder.path
    }
}
