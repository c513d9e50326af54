/// The type of a record, which decides its layout.
///
/// New values pass through as numbers.
public struct RType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt8

    /// Creates a record type from the number on the wire.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A trade.
    public static var trade: Self { Self(rawValue: 0) }
    /// The best price level: schemas `mbp-1` and `tbbo`.
    public static var mbp1: Self { Self(rawValue: 1) }
    /// The ten best price levels.
    public static var mbp10: Self { Self(rawValue: 10) }
    /// A bar of any length, in old files.
    public static var ohlcvDeprecated: Self { Self(rawValue: 17) }
    /// A trading status.
    public static var status: Self { Self(rawValue: 18) }
    /// An instrument definition.
    public static var definition: Self { Self(rawValue: 19) }
    /// An auction imbalance.
    public static var imbalance: Self { Self(rawValue: 20) }
    /// An error of the gateway.
    public static var error: Self { Self(rawValue: 21) }
    /// A symbol's mapping, in live streams.
    public static var symbolMapping: Self { Self(rawValue: 22) }
    /// A message of the gateway that is no error.
    public static var system: Self { Self(rawValue: 23) }
    /// A statistic of the venue.
    public static var statistics: Self { Self(rawValue: 24) }
    /// A bar of one second.
    public static var ohlcv1Second: Self { Self(rawValue: 32) }
    /// A bar of one minute.
    public static var ohlcv1Minute: Self { Self(rawValue: 33) }
    /// A bar of one hour.
    public static var ohlcv1Hour: Self { Self(rawValue: 34) }
    /// A bar of one UTC day.
    public static var ohlcv1Day: Self { Self(rawValue: 35) }
    /// A bar of one trading session.
    public static var ohlcvEndOfDay: Self { Self(rawValue: 36) }
    /// An order event.
    public static var mbo: Self { Self(rawValue: 160) }
    /// The best price level over all venues.
    public static var cmbp1: Self { Self(rawValue: 177) }
    /// The best price level over all venues, at the end of a second.
    public static var cbbo1Second: Self { Self(rawValue: 192) }
    /// The best price level over all venues, at the end of a minute.
    public static var cbbo1Minute: Self { Self(rawValue: 193) }
    /// A trade with the best price level over all venues just before it.
    public static var tcbbo: Self { Self(rawValue: 194) }
    /// The best price level, at the end of a second.
    public static var bbo1Second: Self { Self(rawValue: 195) }
    /// The best price level, at the end of a minute.
    public static var bbo1Minute: Self { Self(rawValue: 196) }

    private static let names: [UInt8: String] = [
        0: "mbp-0", 1: "mbp-1", 10: "mbp-10", 17: "ohlcv-deprecated", 18: "status", 19: "instrument-def",
        20: "imbalance", 21: "error", 22: "symbol-mapping", 23: "system", 24: "statistics", 32: "ohlcv-1s",
        33: "ohlcv-1m", 34: "ohlcv-1h", 35: "ohlcv-1d", 36: "ohlcv-eod", 160: "mbo", 177: "cmbp-1", 192: "cbbo-1s",
        193: "cbbo-1m", 194: "tcbbo", 195: "bbo-1s", 196: "bbo-1m",
    ]
    private static let numbers = Dictionary(uniqueKeysWithValues: Self.names.map { ($0.value, $0.key) })

    /// Creates a record type from the vendor's name, such as `ohlcv-1m`; nil when the name is unknown.
    public init?(name: String) {
        guard let number = Self.numbers[name] else { return nil }
        self.init(rawValue: number)
    }

    /// The vendor's name, or nil for a number that is not known here.
    public var name: String? { Self.names[self.rawValue] }

    /// The name, else the number.
    public var description: String { self.name ?? "rtype \(self.rawValue)" }
}
