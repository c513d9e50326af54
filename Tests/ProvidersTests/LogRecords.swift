import Locking
import Logging

/// Collects what is logged, with its metadata, as text.
final class LogRecords: Sendable {
    private let lines = Locked<[String]>([])

    /// All lines.
    var text: String { self.lines.withLock { $0 }.joined(separator: "\n") }

    /// A handler that writes here, from the trace level on.
    var handler: any LogHandler { Handler(records: self) }

    private struct Handler: LogHandler {
        let records: LogRecords
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = self.metadata.merging(event.metadata ?? [:]) { $1 }
            let line = "\(event.level) \(event.message) \(metadata)"
            self.records.lines.withLock { $0.append(line) }
        }
    }
}
