public import MarketData
import SQLDatabase

extension MarketStore {
    /// The most providers that one merged read may name.
    public static let mergedProvidersMax = 16

    /// The bars of a symbol from all the named providers, read over one snapshot and merged.
    ///
    /// For one instant the provider that comes first in `priority` wins; the others' bars stay stored. At most `limit`
    /// merged bars are returned, from the start on. Throws `invalidArgument` for no provider, more than
    /// `mergedProvidersMax`, or one named twice.
    public func bars(
        symbol: String,
        timeframe: Timeframe,
        in range: TimeRange,
        priority: [ProviderID],
        limit: Int?
    ) async throws -> MergedBars {
        guard (1...Self.mergedProvidersMax).contains(priority.count), Set(priority).count == priority.count else {
            throw StoreError(
                .invalidArgument,
                "a merged read takes 1 to \(Self.mergedProvidersMax) different providers, not these \(priority.count)"
            )
        }
        let selection = SeriesReader<Bar>.Selection.range(range, limit: limit)
        let all = try priority.map { try Series(provider: $0, symbol: symbol, timeframe: timeframe) }
        let statements = try all.map { series in
            try selection.check(series)
            return SeriesReader<Bar>.statements(series, selection, clock: self.clock, dialect: self.database.dialect)
        }
        // As many for each of them.
        let count = statements[0].count
        let empty = [SeriesReader<Bar>](repeating: SeriesReader(selection), count: priority.count)
        var readers = try await self.database.snapshot(statements.flatMap { $0 }, into: empty) { readers, index, row in
            try readers[index / count].read(row, ofStatement: index % count)
        }
        let slices = try priority.indices.map {
            (provider: priority[$0], slice: try readers[$0].takeSlice(all[$0], selection, with: self.decoders))
        }
        return MergedBars(slices, limit: limit)
    }
}
