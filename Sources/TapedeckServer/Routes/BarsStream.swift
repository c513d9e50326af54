import HTTPTypes
import Hummingbird
import MarketData
import NIOCore
import Tapedeck

/// Answers with a range of any size: what is missing is bought first, then the database is read page by page, each page
/// when the client has taken the one before.
struct BarsStream: Sendable {
    let cache: any MarketDataService
    let request: BarsRequest
    let format: Format
    let metrics: HTTPMetrics

    /// The answer, once it is known what it will hold; errors until then are ordinary problems.
    ///
    /// An error behind that, while the body is written, breaks the connection off, so that no client takes a part for
    /// the whole.
    func response(_ context: WorkerRequestContext) async throws -> Response {
        let head = try await self.head()
        context.record.note(head.tier, head.outcome, missing: head.missing)
        var headers = HTTPFields(
            tier: head.tier,
            age: head.age,
            isStale: head.isStale,
            contentType: self.format.contentType
        )
        headers[.complete] = head.isComplete ? "true" : "false"
        if self.format == .csv { headers[.missing] = Format.headerText(head.missing) }
        // What was asked to be bought anew has been.
        var request = self.request
        request.refresh = false
        let stream = BarsStream(cache: self.cache, request: request, format: self.format, metrics: self.metrics)
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                do {
                    try await stream.write(to: &writer)
                } catch {
                    stream.metrics.recordCut("stream-broken-off")
                    context.requestLogger.warning("stream broken off", metadata: ["error": "\(error)"])
                    throw error
                }
                try await writer.finish(nil)
            }
        )
    }

    /// Buys what is missing and tells what the answer will hold.
    private func head() async throws -> BarsStreamHead {
        var head: BarsStreamHead?
        do {
            try await self.cache.streamBars(self.request) { found in
                head = found
                throw HeadFound()
            } page: { _ in
            }
        } catch {
            guard let head else { throw error }
            return head
        }
        guard let head else { throw Problem.internalError }
        return head
    }

    /// Ends the call that only looks for the head, before its first page.
    private struct HeadFound: Error {}

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        switch self.format {
        case .json:
            var json = JSONWriter()
            try await self.cache.streamBars(self.request) {
                json.beginStream($0)
            } page: { bars in
                for bar in bars { json.value(bar) }
                try await writer.write(json.takeBuffer())
            }
            json.endStream()
            try await writer.write(json.takeBuffer())
        case .csv:
            var csv = CSVWriter()
            csv.barHeader()
            try await self.cache.streamBars(self.request) { _ in
            } page: { bars in
                for bar in bars { csv.bar(bar) }
                try await writer.write(csv.takeBuffer())
            }
            try await writer.write(csv.takeBuffer())
        }
    }
}
