/// Constants of the Databento Binary Encoding.
public enum DBN {
    /// The version that the encoder writes; versions 1 to this one are read.
    public static let version: UInt8 = 3
    /// The number of price units in one whole unit: prices are integers in billionths.
    public static let priceUnitsPerWhole: Int64 = 1_000_000_000
    /// The price that means "no price".
    public static let undefinedPrice = Int64.max
    /// The timestamp that means "no time".
    ///
    /// All timestamps are nanoseconds since the Unix epoch, UTC.
    public static let undefinedTimestamp = UInt64.max
    /// The size that means "no size".
    public static let undefinedOrderSize = UInt32.max
    /// The longest symbol that version 3 can hold, in ASCII characters.
    public static let symbolBytesMax = 70
    /// The longest dataset name that any version can hold, in ASCII characters.
    public static let datasetBytesMax = 15
}
