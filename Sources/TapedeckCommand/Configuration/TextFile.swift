import Foundation

/// Reads small text files, such as those that hold a secret.
enum TextFile {
    /// The contents as UTF-8, or nil when the file cannot be read, is longer than `bytesMax` or is not text.
    static func contents(path: String, bytesMax: Int) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: bytesMax + 1), data.count <= bytesMax else { return nil }
        return String(validating: data, as: UTF8.self)
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        let start = self.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
