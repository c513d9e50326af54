import Locking
import Logging

/// Remembers what is logged, with its metadata as text.
final class LogStore: Sendable {
    private let entries = Locked<[(message: String, metadata: [String: String])]>([])

    /// A logger that writes here, at every level.
    var logger: Logger {
        Logger(label: "test") { _ in Handler(store: self) }
    }

    /// The metadata of the lines with this message.
    func lines(_ message: String) -> [[String: String]] {
        self.entries.withLock { $0.filter { $0.message == message }.map(\.metadata) }
    }

    private struct Handler: LogHandler {
        let store: LogStore
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
            self.store.entries.withLock { $0.append(("\(event.message)", all.mapValues { "\($0)" })) }
        }
    }
}
