import Foundation

/// Files of lines.
enum TextFile {
    static func write(_ lines: some Sequence<String>, to path: String) throws {
        let text = lines.joined(separator: "\n") + "\n"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }
}
