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
        var statements: [SQLStatement] = []
        for provider in priority {
            let series = try Series(provider: provider, symbol: symbol, timeframe: timeframe)
            try selection.check(series)
            statements += SeriesReader<Bar>.statements(
                series,
                selection,
                clock: self.clock,
                dialect: self.database.dialect
            )
        }
        let empty = [SeriesReader<Bar>](repeating: SeriesReader(selection), count: priority.count)
        var readers = try await self.database.snapshot(statements, into: empty) { readers, index, row in
            try readers[index / 2].read(row, ofStatement: index % 2)
        }
        let slices = priority.indices.map { (provider: priority[$0], slice: readers[$0].takeSlice(selection)) }
        return MergedBars(slices, limit: limit)
    }
}
