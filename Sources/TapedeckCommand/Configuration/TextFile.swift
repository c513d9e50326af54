import SystemPackage

/// Reads small text files, such as those that hold a secret.
enum TextFile {
    /// The contents as UTF-8, or nil when the file cannot be read, is longer than `bytesMax` or is not text.
    static func contents(path: String, bytesMax: Int) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly) else { return nil }
        return try? file.closeAfter {
            var bytes: [UInt8] = []
            while bytes.count <= bytesMax {
                let chunk = try [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if chunk.isEmpty { return String(validating: bytes, as: UTF8.self) }
                bytes += chunk
            }
            return nil
        }
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        let start = self.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
