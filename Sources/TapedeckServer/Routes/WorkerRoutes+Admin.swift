import Hummingbird
import MarketData
import Tapedeck

extension WorkerRoutes {
    /// `GET /admin/cache/stats`: memory, reads, purchases and the database.
    @Sendable func stats(_ request: Request, _ context: Context) async throws -> Response {
        _ = try QueryParameters(request.uri.query, allowed: [])
        let statistics = self.backend.cache.statistics()
        // A database that is down is not waited for: the rest matters most then.
        let isDown = statistics.databaseState.condition == .down
        let figures = isDown ? WorkerBackend.DatabaseFigures() : await self.databaseFigures(context)
        let pool = self.backend.pool()
        return self.json { $0.write(statistics, database: figures, pool: pool) }
    }

    /// The database's own figures; none when it fails or takes too long, which may be before anybody else has met the
    /// outage.
    private func databaseFigures(_ context: Context) async -> WorkerBackend.DatabaseFigures {
        do {
            return try await withDeadline(self.configuration.readinessTimeout, clock: self.clock) {
                try await self.backend.database()
            }
        } catch {
            context.requestLogger.warning("the database's figures cannot be had", metadata: ["error": "\(error)"])
            return WorkerBackend.DatabaseFigures()
        }
    }

    /// `POST /admin/cache/cleanup`: removes what has expired, and what the retention does not keep.
    @Sendable func cleanup(_ request: Request, _ context: Context) async throws -> Response {
        _ = try QueryParameters(request.uri.query, allowed: [])
        let answer = try await self.backend.cache.cleanup()
        context.requestLogger.notice("cache cleaned up", metadata: ["rows": "\(answer.rowsRemoved)"])
        return self.json { $0.write(answer) }
    }

    /// `DELETE /admin/cache/clear`: removes everything, or one symbol, or one series, from memory and database.
    ///
    /// It has to be bought again.
    @Sendable func clear(_ request: Request, _ context: Context) async throws -> Response {
        let query = try QueryParameters(
            request.uri.query,
            allowed: ["symbol", "timeframe", "provider", "kind", "stype_in"]
        )
        let scope = try self.scope(query)
        let answer = try await self.backend.cache.clear(scope)
        context.requestLogger.notice("cache cleared", metadata: ["scope": "\(scope)", "rows": "\(answer.rowsRemoved)"])
        return self.json { $0.write(answer) }
    }

    private func scope(_ query: QueryParameters) throws(Problem) -> CacheScope {
        let timeframe = try query.timeframe("timeframe")
        let provider = try query.provider("provider")
        let kind = try query.choice("kind", of: ["bars": Series.Kind.bars, "quotes": .quotes])
        guard query.text("symbol") != nil else {
            guard timeframe == nil, provider == nil, kind == nil, query.text("stype_in") == nil else {
                throw .missingParameter("symbol", detail: "symbol is required unless everything is to be removed")
            }
            return .all
        }
        let symbol = try RequestReading.symbol(query)
        guard timeframe != nil || provider != nil || kind != nil else { return .symbol(symbol) }
        guard let timeframe, let provider else {
            let missing = timeframe == nil ? "timeframe" : "provider"
            throw .missingParameter(
                missing,
                detail: "give symbol alone for all its series, or symbol, timeframe and provider for one"
            )
        }
        do throws(MarketDataError) {
            return .series(
                try Series(provider: provider, symbol: symbol, timeframe: timeframe, kind: kind ?? .bars)
            )
        } catch {
            throw .invalidParameter("symbol", value: symbol, detail: error.message)
        }
    }
}
