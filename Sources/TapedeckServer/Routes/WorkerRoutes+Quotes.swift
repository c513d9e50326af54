import HTTPTypes
import Hummingbird
import MarketData
import Tapedeck

extension WorkerRoutes {
    /// `GET /v1/quote`: the newest quote, with its spread and true age.
    @Sendable func quote(_ request: Request, _ context: Context) async throws -> Response {
        let latest = try self.latestRequest(request, context: context, extra: [])
        let answer = try await self.backend.cache.quote(latest)
        context.record.note(answer.tier, answer.outcome)
        let headers = HTTPFields(
            tier: answer.tier,
            age: answer.fetchedAge,
            isStale: answer.isStale,
            contentType: Format.json.contentType
        )
        return self.json(headers) { $0.write(answer) }
    }

    /// `GET /v1/price`: the last trade's price, else the middle of the quote, neither older than `max_age` seconds.
    @Sendable func price(_ request: Request, _ context: Context) async throws -> Response {
        let latest = try self.latestRequest(request, context: context, extra: ["max_age"])
        let answer = try await self.backend.cache.price(latest)
        context.record.note(answer.tier, answer.outcome)
        let headers = HTTPFields(
            tier: answer.tier,
            age: answer.fetchedAge,
            isStale: answer.isStale,
            contentType: Format.json.contentType
        )
        return self.json(headers) { $0.write(answer) }
    }

    /// `GET /v1/spread`: ask less bid of the newest quote.
    @Sendable func spread(_ request: Request, _ context: Context) async throws -> Response {
        let latest = try self.latestRequest(request, context: context, extra: [])
        let answer = try await self.backend.cache.spread(latest)
        context.record.note(answer.tier, answer.outcome)
        let headers = HTTPFields(
            tier: answer.tier,
            age: answer.fetchedAge,
            isStale: answer.isStale,
            contentType: Format.json.contentType
        )
        return self.json(headers) { $0.write(answer) }
    }

    /// `GET /v1/quotes`: sampled quotes of a range.
    @Sendable func quotes(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: ["symbol", "timeframe", "start", "end", "provider", "stype_in", "format"]
        )
        let format = try query.choice("format", of: ["json": Format.json, "csv": Format.csv]) ?? .json
        let timeframe = try query.choice("timeframe", of: ["1m": Timeframe.oneMinute, "1s": .oneSecond])
        guard let range = try RequestReading.range(query, now: self.wallClock) else {
            throw Problem.missingParameter("start", detail: "start is required, for example start=2026-01-05")
        }
        let answer = try await self.backend.cache.quotes(
            QuotesRequest(
                symbol: try RequestReading.symbol(query),
                timeframe: timeframe ?? .oneMinute,
                provider: try query.provider("provider"),
                range: range,
                client: context.client,
                requestID: context.requestID
            )
        )
        context.record.note(answer.tier, answer.outcome, missing: answer.missing)
        var headers = HTTPFields(
            tier: answer.tier,
            age: answer.age,
            isStale: answer.isStale,
            contentType: format.contentType
        )
        headers[.complete] = answer.isComplete ? "true" : "false"
        guard format == .csv else { return self.json(headers) { $0.write(answer) } }
        headers[.missing] = Format.headerText(answer.missing)
        var csv = CSVWriter(capacity: 64 + answer.quotes.count * 64)
        csv.quoteHeader()
        for quote in answer.quotes { csv.quote(quote) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: csv.buffer))
    }

    private func latestRequest(
        _ request: Request,
        context: Context,
        extra: [String]
    ) throws(Problem) -> LatestRequest {
        let query = try QueryParameters(request.uri.query, allowed: ["symbol", "provider", "stype_in"] + extra)
        return LatestRequest(
            symbol: try RequestReading.symbol(query),
            provider: try query.provider("provider"),
            maxAge: try query.integer("max_age", in: 1...31_536_000).map { .seconds($0) },
            client: context.client,
            requestID: context.requestID
        )
    }
}
