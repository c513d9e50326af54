import Hummingbird
import Logging
import Synchronization

/// The line that each request gets in the log at debug, when its answer has been handed over.
struct RequestLog: Sendable {
    private static let pathCharactersMax = 200

    /// The route that the request belongs to, nil for a path that has none.
    let route: String?
    private let method: String
    private let path: String
    private let context: WorkerRequestContext

    init(_ request: Request, route: String?, context: WorkerRequestContext) {
        self.route = route
        self.method = request.method.rawValue
        self.path = request.uri.path
        self.context = context
    }

    /// What was found out about the request.
    var notes: RequestRecord.Notes { self.context.record.notes }

    /// Logs the answer: at once, or when its body, whose length is not known before, is at its end.
    func logging(_ response: Response, elapsed: @escaping @Sendable () -> Duration) -> Response {
        guard self.context.logger.logLevel <= .debug else { return response }
        let status = response.status.code
        if let byteCount = response.body.contentLength {
            self.write(status: status, byteCount: byteCount, elapsed: elapsed())
            return response
        }
        var response = response
        let body = response.body
        response.body = ResponseBody { writer in
            let counter = ByteCounter()
            defer { self.write(status: status, byteCount: counter.byteCount, elapsed: elapsed()) }
            let counted = body.map { buffer in
                counter.add(buffer.readableBytes)
                return buffer
            }
            try await counted.write(writer)
        }
        return response
    }

    private func write(status: Int, byteCount: Int, elapsed: Duration) {
        let notes = self.notes
        var metadata: Logger.Metadata = [
            "method": "\(self.method.prefix(Self.pathCharactersMax))",
            "path": "\(self.path.prefix(Self.pathCharactersMax))",
            "route": "\(self.route ?? "other")",
            "status": "\(status)",
            "duration_ms": "\(Self.milliseconds(elapsed))",
            "bytes": "\(byteCount)",
        ]
        if let client = notes.client { metadata["client"] = "\(client)" }
        if let tier = notes.tier { metadata["tier"] = "\(tier.rawValue)" }
        if let outcome = notes.outcome { metadata["outcome"] = "\(outcome.rawValue)" }
        self.context.requestLogger.debug("request", metadata: metadata)
    }

    /// Milliseconds with three digits behind the point.
    private static func milliseconds(_ duration: Duration) -> Double {
        Double(Int64(duration / .microseconds(1))) / 1_000
    }
}

/// How many bytes of a body were handed on so far.
private final class ByteCounter: Sendable {
    private let count = Atomic<Int>(0)

    var byteCount: Int { self.count.load(ordering: .relaxed) }

    func add(_ byteCount: Int) {
        self.count.add(byteCount, ordering: .relaxed)
    }
}
