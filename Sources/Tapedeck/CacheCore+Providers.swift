internal import Locking
internal import MarketData
internal import Providers

extension CacheCore {
    /// The provider, watched by its circuit breaker.
    ///
    /// Throws like `ProviderRegistry.provider`.
    func provider(_ id: ProviderID) throws(TapedeckError) -> any MarketDataProvider {
        GuardedProvider(
            inner: try self.providers.provider(id),
            board: self.breakers,
            metrics: self.upstream,
            clock: self.clock,
            isOffline: self.configuration.mode == .offline
        )
    }

    /// Runs `body` with the named provider, or with the preferred ones in their order until one knows the symbol.
    func withProvider<Value>(
        _ named: ProviderID?,
        symbol: String,
        _ body: (ProviderID) async throws -> Value
    ) async throws -> Value {
        if let named { return try await body(named) }
        let preferred = self.providers.preferred
        guard let first = preferred.first else {
            throw TapedeckError(.invalidRequest, "no provider is preferred: name one", parameter: "provider")
        }
        if preferred.count == 1 { return try await body(first) }

        let tick = self.clock.now()
        let asked = self.routes.withLock { $0.providers(for: symbol, preferred: preferred, tick: tick) }
        var firstError: TapedeckError?
        for provider in asked {
            do {
                let value = try await body(provider)
                if firstError != nil {
                    let lifetime = self.configuration.refusalBackoff.clampedNanoseconds
                    self.routes.withLock {
                        $0.note(symbol, provider, deadlineTick: tick.addingSaturating(lifetime))
                    }
                }
                return value
            } catch let error as TapedeckError where error.code == .symbolUnknown || error.code == .unsupported {
                firstError = firstError ?? error
            }
        }
        throw firstError ?? TapedeckError(.symbolUnknown, "no provider knows '\(symbol)'", parameter: "symbol")
    }

    /// The stored series that could answer for the asked one, the coarsest first.
    ///
    /// Throws `unsupported` without any.
    func sources(of series: Series) throws -> [Series] {
        let provider = try self.provider(series.provider)
        let timeframes = SourceChoice.candidates(series.timeframe, sold: provider.timeframes)
        guard !timeframes.isEmpty else {
            let sold = provider.timeframes.sorted().map(\.rawValue).joined(separator: " ")
            throw TapedeckError(
                .unsupported,
                "\(series.provider) sells bars of \(sold); \(series.timeframe) cannot be made from them",
                parameter: "timeframe"
            )
        }
        return try timeframes.map { timeframe in
            do throws(MarketDataError) {
                return try Series(provider: series.provider, symbol: series.symbol, timeframe: timeframe)
            } catch {
                throw TapedeckError(error, parameter: "symbol")
            }
        }
    }

    /// The source to read `range` from: the coarsest, unless a finer one is known there and the coarsest is not.
    func source(of series: Series, in range: TimeRange) async throws -> Series {
        let sources = try self.sources(of: series)
        guard sources.count > 1, self.configuration.mode != .bypass else { return sources[0] }
        let tick = self.clock.now()
        let available = sources.lazy.compactMap { self.memory.freshHorizon($0, tick: tick)?.range }.first
        let wanted = available.map { $0.intersection(range) ?? range } ?? range
        if let held = sources.first(where: { self.memory.freshRanges($0, in: wanted, tick: tick).contains(wanted) }) {
            return held
        }
        // What memory has a part of is in use: the rest of it is bought without looking at the others.
        if !self.memory.freshRanges(sources[0], in: wanted, tick: tick).isEmpty { return sources[0] }
        for source in sources {
            do {
                let (_, coverage, databaseNow) = try await self.store.coverage(of: source)
                if self.fresh(coverage, of: source, databaseNow: databaseNow).contains(wanted) { return source }
            } catch {
                throw TapedeckError(database: error)
            }
        }
        return sources[0]
    }
}
