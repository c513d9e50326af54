import Foundation

/// Writes what a command prints, at once.
enum StandardOutput {
    /// Writes a line to standard output.
    static func print(_ line: String) {
        self.write(Data((line + "\n").utf8), to: .standardOutput)
    }

    /// Writes text to standard output as it is.
    static func write(_ text: some Sequence<UInt8>) {
        self.write(Data(text), to: .standardOutput)
    }

    /// Writes a line to standard error.
    static func error(_ line: String) {
        self.write(Data((line + "\n").utf8), to: .standardError)
    }

    /// Writes text to standard error as it is.
    static func errorText(_ text: String) {
        self.write(Data(text.utf8), to: .standardError)
    }

    /// A reader that has gone away is no failure of ours: what cannot be written is dropped.
    private static func write(_ data: Data, to handle: FileHandle) {
        try? handle.write(contentsOf: data)
    }
}
