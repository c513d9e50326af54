/// What the records of a stream are.
///
/// New values pass through as numbers.
public struct Schema: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt16

    /// Creates a schema from the number on the wire.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Every order.
    public static let mbo = Self(rawValue: 0)
    /// The best price level, on every change.
    public static let mbp1 = Self(rawValue: 1)
    /// The ten best price levels, on every change.
    public static let mbp10 = Self(rawValue: 2)
    /// Trades with the best price level just before each.
    public static let tbbo = Self(rawValue: 3)
    /// Trades.
    public static let trades = Self(rawValue: 4)
    /// Bars of one second.
    public static let ohlcv1Second = Self(rawValue: 5)
    /// Bars of one minute.
    public static let ohlcv1Minute = Self(rawValue: 6)
    /// Bars of one hour.
    public static let ohlcv1Hour = Self(rawValue: 7)
    /// Bars of one UTC day.
    public static let ohlcv1Day = Self(rawValue: 8)
    /// Instrument definitions.
    public static let definition = Self(rawValue: 9)
    /// Statistics of the venue.
    public static let statistics = Self(rawValue: 10)
    /// Trading status.
    public static let status = Self(rawValue: 11)
    /// Auction imbalance.
    public static let imbalance = Self(rawValue: 12)
    /// Bars of one trading session.
    public static let ohlcvEndOfDay = Self(rawValue: 13)
    /// The best price level over all venues, on every change.
    public static let cmbp1 = Self(rawValue: 14)
    /// The best price level over all venues, each second.
    public static let cbbo1Second = Self(rawValue: 15)
    /// The best price level over all venues, each minute.
    public static let cbbo1Minute = Self(rawValue: 16)
    /// Trades with the best price level over all venues just before each.
    public static let tcbbo = Self(rawValue: 17)
    /// The best price level, each second.
    public static let bbo1Second = Self(rawValue: 18)
    /// The best price level, each minute.
    public static let bbo1Minute = Self(rawValue: 19)

    /// The vendor's names, at the index of their number.
    private static let names = [
        "mbo", "mbp-1", "mbp-10", "tbbo", "trades", "ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d", "definition",
        "statistics", "status", "imbalance", "ohlcv-eod", "cmbp-1", "cbbo-1s", "cbbo-1m", "tcbbo", "bbo-1s", "bbo-1m",
    ]

    /// Creates a schema from the vendor's name, such as `ohlcv-1m`; nil when the name is unknown.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt16(index))
    }

    /// The vendor's name, or nil for a number that is not known here.
    public var name: String? {
        Int(self.rawValue) < Self.names.count ? Self.names[Int(self.rawValue)] : nil
    }

    /// The name, else the number.
    public var description: String { self.name ?? "schema \(self.rawValue)" }
}
