public import MarketData

/// Packed blocks that cannot be read: retrying does not help.
///
/// `MarketStore.forget` gives their stretches up, so that they are bought again; restoring the table from a backup brings
/// them back too.
public struct DamagedBlocks: Error, Hashable, Sendable, CustomStringConvertible {
    /// One of them.
    public struct Block: Hashable, Sendable {
        /// The stretch of time whose bars are in it.
        public let stretch: TimeRange
        /// Where its row says that it begins.
        let start: Timestamp
        /// What is wrong with it.
        public let reason: String
    }

    /// Whose blocks.
    public let series: Series
    /// The blocks, at least one, oldest first.
    public let blocks: [Block]

    /// Creates the error of blocks of a series, at least one, oldest first.
    public init(series: Series, blocks: [Block]) {
        self.series = series
        self.blocks = blocks
    }

    /// How many of them a message names.
    private static var namedMax: Int { 3 }

    /// Names the blocks and what is wrong with them.
    public var description: String {
        let named = self.blocks.prefix(Self.namedMax).map {
            "the packed block \($0.stretch) of \(self.series): \($0.reason)"
        }
        let more = self.blocks.count - named.count
        return "damaged: " + named.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
    }
}
