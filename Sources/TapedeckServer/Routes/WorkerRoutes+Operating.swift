import Hummingbird
import MarketData
import MarketStore
import Tapedeck

extension WorkerRoutes {
    /// `POST /admin/cache/warm`: brings the newest bars of a series into memory, buying only what is missing.
    @Sendable func warm(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: ["symbol", "timeframe", "last", "provider", "stype_in"]
        )
        let cache = self.backend.cache
        let countMax = min(cache.answerBarsMax, cache.statistics().barsMax)
        guard let last = try query.integer("last", in: 1...max(1, countMax)) else {
            throw Problem.missingParameter("last", detail: "last is required, for example last=1000")
        }
        let answer = try await cache.bars(try self.barsRequest(query, span: .last(last), context: context))
        context.requestLogger.notice(
            "cache warmed",
            metadata: ["series": "\(answer.series)", "bars": "\(answer.bars.count)"]
        )
        return self.json { $0.writeSummary(of: answer) }
    }

    /// `POST /admin/cache/refresh`: buys a range, or that of the newest bars, anew and tells what changed.
    @Sendable func refresh(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: ["symbol", "timeframe", "last", "start", "end", "provider", "stype_in"]
        )
        let bars = try self.barsRequest(query, span: try self.span(query), context: context)
        let periodsMax = Int64(self.backend.cache.answerBarsMax)
        if case .range(let range) = bars.span, range.nanoseconds / bars.timeframe.nanoseconds > periodsMax {
            throw Problem.invalidParameter(
                "start",
                value: query.text("start"),
                detail: "the range has more than \(periodsMax) periods: refresh it in several parts"
            )
        }
        let answer = try await self.backend.cache.refresh(bars)
        context.requestLogger.notice(
            "bought anew",
            metadata: ["series": "\(answer.series)", "range": "\(answer.range)", "revised": "\(answer.revised.count)"]
        )
        return self.json { $0.write(answer) }
    }

    /// `GET /admin/ledger`: what was bought, by whom and for how much, the newest first.
    @Sendable func ledger(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: ["since", "until", "provider", "symbol", "client", "limit", "page", "totals"]
        )
        let showsTotals = try query.flag("totals")
        let wanted = LedgerQuery(
            since: try query.time("since"),
            until: try query.time("until"),
            provider: try query.provider("provider"),
            symbol: query.text("symbol") == nil ? nil : try RequestReading.symbol(query),
            client: query.text("client"),
            behind: try self.page(query),
            limit: try query.integer("limit", in: 1...1_000) ?? 100
        )
        if showsTotals {
            guard wanted.behind == nil else {
                throw Problem.invalidParameter("page", value: query.text("page"), detail: "totals have no pages")
            }
            let totals = try await self.readingLedger(context) { try await $0.totals(wanted) }
            return self.json { $0.write(totals) }
        }
        let purchases = try await self.readingLedger(context) { try await $0.purchases(wanted) }
        let isLast = purchases.count < wanted.limit
        let next = isLast ? nil : purchases.last.map(LedgerPosition.init(of:))
        return self.json { $0.write(purchases, next: next) }
    }

    /// Reads the ledger, which only the database has; 503 when it fails.
    private func readingLedger<Value>(
        _ context: Context,
        _ read: (WorkerBackend.Ledger) async throws -> Value
    ) async throws -> Value {
        do {
            return try await read(self.backend.ledger)
        } catch {
            context.requestLogger.warning("the ledger cannot be read", metadata: ["error": "\(error)"])
            throw Problem.busy(
                .serviceUnavailable,
                "database-unavailable",
                title: "The database is not available",
                detail: "the ledger is in the database, which failed; the worker's log has the cause",
                retryAfter: .seconds(1)
            )
        }
    }

    private func page(_ query: QueryParameters) throws(Problem) -> LedgerPosition? {
        guard let text = query.text("page") else { return nil }
        guard let position = LedgerPosition(text) else {
            throw .invalidParameter("page", value: text, detail: "page is what an answer before this one had as next")
        }
        return position
    }
}
