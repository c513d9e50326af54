/// An error about a value that is not valid market data.
public struct MarketDataError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of value was refused.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case timestampOutOfRange, malformedTimestamp, malformedTimeframe, malformedSymbol, malformedProvider
            case emptyRange, tooManyPeriods, indivisibleTimeframe, malformedBars, malformedCalendar
        }

        private let value: Value

        /// A time outside the years 1990 to 2200, or arithmetic that would leave Int64.
        public static let timestampOutOfRange = Self(value: .timestampOutOfRange)
        /// Text that is neither RFC 3339, a date, nor integer nanoseconds.
        public static let malformedTimestamp = Self(value: .malformedTimestamp)
        /// Text that names no known timeframe.
        public static let malformedTimeframe = Self(value: .malformedTimeframe)
        /// A symbol that is empty, too long or holds control characters.
        public static let malformedSymbol = Self(value: .malformedSymbol)
        /// A provider that is not spelled `name` or `name/DATASET`.
        public static let malformedProvider = Self(value: .malformedProvider)
        /// A range whose end is not after its start.
        public static let emptyRange = Self(value: .emptyRange)
        /// A range with more periods than the operation allows.
        public static let tooManyPeriods = Self(value: .tooManyPeriods)
        /// A timeframe whose periods are not made of whole periods of the other.
        public static let indivisibleTimeframe = Self(value: .indivisibleTimeframe)
        /// Bars that are off their grid, out of order or not finite.
        public static let malformedBars = Self(value: .malformedBars)
        /// Trading hours that cannot be.
        public static let malformedCalendar = Self(value: .malformedCalendar)

        /// The name of the code.
        public var description: String { self.value.rawValue }
    }

    /// What kind of value was refused.
    public let code: Code
    /// What was wrong and what is allowed, naming the value.
    public let message: String

    /// Creates an error; `message` names the value and what is allowed.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { self.message }
}

extension MarketDataError {
    /// Text from outside as a message may show it: in quotes, cut after 64 characters, control characters escaped.
    static func quoted(_ text: String) -> String {
        "'" + text.unicodeScalars.prefix(64).map { $0.escaped(asASCII: true) }.joined() + "'"
    }
}
