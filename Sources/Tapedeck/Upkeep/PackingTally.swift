public import MarketData
public import MarketStore

/// What was packed or unpacked.
public struct PackingTally: Hashable, Sendable {
    /// A block that could not be read and was given up.
    public struct Damage: Hashable, Sendable {
        /// Whose block.
        public let series: Series
        /// The block.
        public let block: DamagedBlocks.Block
    }

    /// How many stretches were moved: each is one block.
    public private(set) var blockCount = 0
    /// The bars in them.
    public private(set) var barCount = 0
    /// The length of the blocks.
    public private(set) var byteCount = 0
    /// The blocks that could not be read.
    public private(set) var damages: [Damage] = []

    /// Creates a tally of nothing.
    public init() {}

    /// The length of the blocks by bar; nil without any.
    public var bytesPerBar: Double? {
        self.barCount > 0 ? Double(self.byteCount) / Double(self.barCount) : nil
    }

    mutating func add(_ moved: PackingStep.Moved) {
        self.blockCount += 1
        self.barCount += moved.barCount
        self.byteCount += moved.byteCount
    }

    mutating func add(_ blocks: [DamagedBlocks.Block], of series: Series) {
        self.damages += blocks.map { Damage(series: series, block: $0) }
    }

    mutating func add(_ other: PackingTally) {
        self.blockCount += other.blockCount
        self.barCount += other.barCount
        self.byteCount += other.byteCount
        self.damages += other.damages
    }
}
