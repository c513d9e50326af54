import HTTPTypes
import Hummingbird
import NIOCore

/// Surrounds every request: gives it an identifier, refuses what is too big, turns errors into problems, sets the
/// headers that every answer has, and counts and logs the request.
struct AnswerMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    let configuration: WorkerConfiguration
    let routes: RouteTable
    let metrics: HTTPMetrics
    let clock: any Clock<Duration>

    func handle(
        _ request: Request,
        context: WorkerRequestContext,
        next: (Request, WorkerRequestContext) async throws -> Response
    ) async throws -> Response {
        let elapsed = stopwatch(self.clock)
        var context = context
        context.requestID = RequestIdentifier.make(from: request.headers[.requestID])
        var response: Response
        do {
            try self.checkTarget(request)
            try await self.receiveBody(request, channel: context.channel)
            response = try await next(request, context)
        } catch {
            response = self.problem(error, request: request, context: context)
                .response(requestID: context.requestID)
        }
        response.headers[.requestID] = context.requestID
        // Only a route knows of a content that may be kept.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        let log = RequestLog(request, route: self.routes.route(for: request.uri.path), context: context)
        self.count(log, status: response.status, elapsed: elapsed())
        return log.logging(response, elapsed: elapsed)
    }

    private func count(_ log: RequestLog, status: HTTPResponse.Status, elapsed: Duration) {
        let isData = log.route.map(self.routes.dataRoutes.contains) ?? false
        let notes = log.notes
        self.metrics.record(
            route: log.route ?? "other",
            status: status.code,
            outcome: isData ? (status.code >= 400 ? "refused" : notes.outcome?.rawValue) : nil,
            missing: notes.missing,
            elapsed: elapsed
        )
    }

    private func checkTarget(_ request: Request) throws(Problem) {
        guard request.uri.string.utf8.count <= self.configuration.targetBytesMax else {
            throw Problem(
                status: .uriTooLong,
                code: "uri-too-long",
                title: "Path and query too long",
                detail: "path and query have at most \(self.configuration.targetBytesMax) bytes"
            )
        }
    }

    /// Receives the body, which no route uses, so that the client has sent all before it is answered.
    private func receiveBody(_ request: Request, channel: any Channel) async throws {
        let limit = self.configuration.bodyBytesMax
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard announced > 0 || request.headers[.transferEncoding] != nil else { return }
        var count = 0
        if announced <= limit {
            for try await part in request.body {
                count += part.readableBytes
                if count > limit { break }
            }
        }
        guard max(announced, count) <= limit else {
            // No more is read: the rest of the body would otherwise be received to be thrown away.
            channel.close(mode: .input, promise: nil)
            throw Problem(
                status: .contentTooLarge,
                code: "body-too-large",
                title: "Body too large",
                detail: "no route uses a body; one of more than \(limit) bytes is refused",
                headers: [.connection: "close"]
            )
        }
    }

    private func problem(_ error: any Error, request: Request, context: Context) -> Problem {
        // The router's only way to say that nothing matched.
        if let error = error as? HTTPError, error.status == .notFound {
            return self.routes.problem(for: request)
        }
        if let problem = Problem(error) {
            if problem.status.code >= 500 {
                context.requestLogger
                    .warning("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            }
            return problem
        }
        context.requestLogger
            .error("request failed unexpectedly", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
        return .internalError
    }
}

extension HTTPField.Name {
    /// The client's identifier of the request, or the worker's when the client has none.
    static let requestID = HTTPField.Name.known("X-Request-Id")
    /// Who the client says it is, where no token says it.
    static let client = HTTPField.Name.known("X-Tapedeck-Client")
    /// Where the answer comes from: `memory`, `database` or `provider`.
    static let tier = HTTPField.Name.known("X-Tapedeck-Tier")
    /// Whether stored data that should have been renewed is part of the answer.
    static let stale = HTTPField.Name.known("X-Tapedeck-Stale")
    /// Whether the answer holds everything that was asked.
    static let complete = HTTPField.Name.known("X-Tapedeck-Complete")

    /// What is missing, in formats that have no place for it in the body.
    static let missing = HTTPField.Name.known("X-Tapedeck-Missing")

    /// A name that is known to be valid.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is a valid header name.") }
        return name
    }
}
