import HTTPTypes
import Hummingbird
import MarketData
import Tapedeck

extension WorkerRoutes {
    /// `GET /v1/bars`: bars of a range, or the newest n, as JSON or CSV; or an explanation of where they would come from.
    @Sendable func bars(_ request: Request, _ context: Context) async throws -> Response {
        let query = try self.barsQuery(request)
        let format = try self.format(query)
        let explains = try query.flag("explain")
        let bars = try self.barsRequest(query, span: try self.span(query), context: context)
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
            try self.periods(range, of: bars.timeframe, query) > self.configuration.heldPeriodsMax
        {
            let stream = BarsStream(cache: self.backend.cache, request: bars, format: format, metrics: self.metrics)
            return try await stream.response(context)
        }
        let answer = try await self.backend.cache.bars(bars)
        context.record.note(answer.tier, answer.outcome, missing: answer.missing)
        return self.response(answer, to: request, format: format)
    }

    /// The answer of bars, if memory alone can give it and it is not streamed.
    @Sendable func heldBars(_ request: Request, _ context: Context) throws -> Response? {
        let query = try self.barsQuery(request)
        guard query.text("explain") == nil else { return nil }
        let bars = try self.barsRequest(query, span: try self.span(query), context: context)
        if case .range(let range) = bars.span,
            range.nanoseconds / bars.timeframe.nanoseconds > self.configuration.heldPeriodsMax
        {
            return nil
        }
        guard let answer = self.backend.cache.heldBars(bars) else { return nil }
        context.record.note(answer.tier, answer.outcome, missing: answer.missing)
        return self.response(answer, to: request, format: try self.format(query))
    }

    private func barsQuery(_ request: Request) throws(Problem) -> QueryParameters {
        try QueryParameters(
            request.uri.query,
            allowed: [
                "symbol", "timeframe", "last", "start", "end", "provider", "stype_in", "format", "refresh", "explain",
            ]
        )
    }

    private func format(_ query: QueryParameters) throws(Problem) -> Format {
        try query.choice("format", of: ["json": Format.json, "csv": Format.csv]) ?? .json
    }

    /// How many periods a range has.
    ///
    /// Throws for one that is too long for any answer.
    private func periods(
        _ range: TimeRange,
        of timeframe: Timeframe,
        _ query: QueryParameters
    ) throws(Problem) -> Int64 {
        let count = range.nanoseconds / timeframe.nanoseconds
        guard count <= Int64(self.configuration.rangePeriodsMax) else {
            throw .invalidParameter(
                "start",
                value: query.text("start"),
                detail: "the range has \(count) periods of \(timeframe), more than the "
                    + "\(self.configuration.rangePeriodsMax) of one answer: ask for a shorter one"
            )
        }
        return count
    }

    /// What a query asks about bars.
    func barsRequest(
        _ query: QueryParameters,
        span: BarsRequest.Span,
        context: Context
    ) throws(Problem) -> BarsRequest {
        guard let timeframe = try query.timeframe("timeframe") else {
            throw Problem.missingParameter("timeframe", detail: "timeframe is required, for example timeframe=1h")
        }
        return BarsRequest(
            symbol: try RequestReading.symbol(query),
            timeframe: timeframe,
            provider: try query.provider("provider"),
            span: span,
            refresh: try query.flag("refresh"),
            client: context.client,
            requestID: context.requestID
        )
    }

    /// Which bars a query asks for.
    func span(_ query: QueryParameters) throws(Problem) -> BarsRequest.Span {
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

    private func response(_ answer: BarsAnswer, to request: Request, format: Format) -> Response {
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
        let response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        return answer.isFinal ? response.withEntityTag(EntityTag(of: body), for: request) : response
    }
}
