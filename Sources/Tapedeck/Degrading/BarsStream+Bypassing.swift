internal import MarketData

extension BarsStream {
    private var bypass: BypassReader { BypassReader(core: self.core, origin: self.origin) }

    /// What the pages will bring if the provider delivers all that it says it has.
    func promisedPastTheCache() async throws -> SeriesRead<Bar> {
        let horizon = try await self.bypass.horizon(of: self.source)
        let complete = horizon.range?.intersection(self.range)
        return SeriesRead(
            range: self.range,
            records: [],
            complete: complete.map { RangeSet($0) } ?? RangeSet(),
            final: RangeSet(),
            missing: MissingRanges.beyondHorizon(self.range, known: complete, horizon: horizon),
            tier: .provider,
            horizon: horizon,
            bought: complete.map { RangeSet($0) } ?? RangeSet()
        )
    }

    /// Buys the range part by part and hands on each.
    ///
    /// Throws for a part that does not come whole: what has been handed on was promised to be complete.
    func pagesPastTheCache(_ read: SeriesRead<Bar>, _ page: ([Bar]) async throws -> Void) async throws {
        guard let complete = read.complete.bounds else { return }
        let ratio = self.series.timeframe.nanoseconds / self.source.timeframe.nanoseconds
        let periods = max(1, self.core.configuration.flightPeriodsMax / ratio)
        let length = periods.multipliedSaturating(by: self.series.timeframe.nanoseconds)
        var start = self.series.timeframe.floor(complete.start)
        while let part = TimeRange(start, min(start.advancedSaturating(byNanoseconds: length), complete.end)) {
            var bars = try await self.wholePart(part, read)
            while !bars.isEmpty {
                try await page(Array(bars.prefix(self.core.configuration.pageBarsMax)))
                bars.removeFirst(min(bars.count, self.core.configuration.pageBarsMax))
            }
            start = part.end
        }
    }

    private func wholePart(_ part: TimeRange, _ promised: SeriesRead<Bar>) async throws -> ArraySlice<Bar> {
        let read = try await self.bypass.bars(self.source, part)
        if let missing = read.missing.first(where: { $0.reason != .beforeProviderStart }) {
            throw TapedeckError(.providerUnavailable, "\(self.source.provider): \(missing.detail)")
        }
        guard self.source != self.series else { return read.records[...] }
        do throws(MarketDataError) {
            let bars = try BarAggregation.aggregate(
                read.records,
                from: self.source.timeframe,
                to: self.series.timeframe,
                complete: read.complete,
                final: read.final,
                availableEnd: promised.horizon?.availableEnd
            )
            return bars[...]
        } catch {
            throw TapedeckError(error, parameter: "timeframe")
        }
    }
}
