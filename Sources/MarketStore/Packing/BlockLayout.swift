import MarketData

/// The layout of a block, version 1: the version byte, then one zstd frame with its checksum and size.
///
/// The frame holds a head, which is LEB128 numbers, those marked ± zigzag-coded:
///
/// - the length of the series' name and the name, so that a block in another series' place is noticed;
/// - the number of bars; the first time ± and the last ±; the greatest unit of which all distances of times are multiples;
/// - of the four prices: the scale, the base ± and the tick; the same of the volume; the least revision ±; the first fetch
///   time ±.
///
/// Then for each column the number of its byte planes, a byte each, and the planes, column by column: first the lowest
/// bytes of all bars, then the next. A price is `(base + tick × n) / 10^scale` exactly, or where a number of the block
/// cannot be had so, the scale is `bitsScale` and `base + n` the double's bit pattern. Arithmetic wraps, so that any
/// numbers come back.
enum BlockLayout {
    /// A program that writes another version raises that of the coverage too (`CoverageCodec`), so that those that do not
    /// know it refuse the series before they take its blocks for damaged ones.
    static let version: UInt8 = 1
    /// The scale of numbers that stand as bit patterns.
    static let bitsScale: UInt64 = 255
    /// The most decimals: vendors sell prices in units of 1e-9.
    static let decimalsMax = 9
    /// What the head takes at most.
    static let headBytesMax = 4_096
    /// The most bars of a block: more than the longest stretch has, so that no damage makes a reader ask for more memory.
    static let barCountMax = 1 << 17
    /// zstd's level: see docs/storage.md for what others bring.
    static let compressionLevel = 3

    /// The columns in their order.
    enum Column: Int, CaseIterable {
        /// The distance from the time before in units, less 1.
        case time
        /// The distance from the close before, zigzag-coded.
        case open
        /// The distance from the open, zigzag-coded.
        case close
        /// How far the high lies above the higher of open and close.
        case high
        /// How far the low lies below the lower of open and close.
        case low
        /// The volume.
        case volume
        /// How far the revision lies above the least.
        case revision
        /// The distance from the fetch time before, zigzag-coded.
        case fetchedAt
    }

    static func name(of series: Series) -> String {
        series.provider.description + " " + series.symbol + " " + series.timeframe.rawValue
    }

    /// 10 to the power of `decimals`, which is exact.
    static func divisor(decimals: Int) -> Double {
        (0..<decimals).reduce(into: 1.0) { divisor, _ in divisor *= 10 }
    }
}
