import HTTPTypes
import Hummingbird
import MarketData
import Tapedeck

extension WorkerRoutes {
    /// `GET /v1/bars`: bars of a range, or the newest n, as JSON or CSV; or an explanation of where they would come from.
    @Sendable func bars(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: [
                "symbol", "timeframe", "last", "start", "end", "provider", "stype_in", "format", "refresh", "explain",
            ]
        )
        let format = try query.choice("format", of: ["json": Format.json, "csv": Format.csv]) ?? .json
        let explains = try query.flag("explain")
        let bars = try self.barsRequest(query, context: context)
        if explains {
            guard format == .json, !bars.refresh else {
                throw Problem.invalidParameter(
                    "explain",
                    value: "true",
                    detail: "explain answers in JSON and buys nothing: leave out format=csv and refresh"
                )
            }
            let explanation = try await self.backend.cache.explain(bars)
            return self.json { $0.write(explanation) }
        }
        if case .range(let range) = bars.span,
            range.nanoseconds / bars.timeframe.nanoseconds > self.configuration.heldPeriodsMax
        {
            return try await BarsStream(cache: self.backend.cache, request: bars, format: format).response(context)
        }
        return self.response(try await self.backend.cache.bars(bars), format: format)
    }

    private func barsRequest(_ query: QueryParameters, context: Context) throws(Problem) -> BarsRequest {
        guard let timeframe = try query.timeframe("timeframe") else {
            throw Problem.missingParameter("timeframe", detail: "timeframe is required, for example timeframe=1h")
        }
        return BarsRequest(
            symbol: try RequestReading.symbol(query),
            timeframe: timeframe,
            provider: try query.provider("provider"),
            span: try self.span(query),
            refresh: try query.flag("refresh"),
            client: context.client,
            requestID: context.requestID
        )
    }

    private func span(_ query: QueryParameters) throws(Problem) -> BarsRequest.Span {
        let last = try query.integer("last", in: 1...self.backend.cache.answerBarsMax)
        let range = try RequestReading.range(query, now: self.wallClock)
        switch (last, range) {
        case (let last?, nil): return .last(last)
        case (nil, let range?): return .range(range)
        case (.some, .some):
            throw .invalidParameter(
                "last",
                value: query.text("last"),
                detail: "give either last or start and end, not both"
            )
        case (nil, nil):
            throw .missingParameter(
                "last",
                detail: "say which bars: last=24, or start=2026-01-05 and end=2026-01-06 (without end: now)"
            )
        }
    }

    private func response(_ answer: BarsAnswer, format: Format) -> Response {
        var headers = HTTPFields(
            tier: answer.tier,
            age: answer.age,
            isStale: answer.isStale,
            contentType: format.contentType
        )
        headers[.complete] = answer.isComplete ? "true" : "false"
        let body: ByteBuffer
        switch format {
        case .json:
            // A bar of a futures contract takes about 110 bytes.
            var json = JSONWriter(capacity: 512 + answer.bars.count * 128)
            json.write(answer)
            body = json.buffer
        case .csv:
            headers[.missing] = Format.headerText(answer.missing)
            var csv = CSVWriter(capacity: 64 + answer.bars.count * 80)
            csv.barHeader()
            for bar in answer.bars { csv.bar(bar) }
            body = csv.buffer
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
