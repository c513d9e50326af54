/// An error of the cache.
///
/// Its message never holds a secret.
public struct TapedeckError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure happened, and what a caller can do about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidRequest, symbolUnknown, unsupported, providerRefused, providerUnavailable, rateLimited
            case databaseUnavailable, overloaded, cancelled, shuttingDown, offline, timedOut, budgetExceeded
        }

        private let value: Value

        /// A parameter is not allowed: fix the one that `parameter` names.
        public static let invalidRequest = Self(value: .invalidRequest)
        /// No provider asked knows the symbol: fix the request.
        public static let symbolUnknown = Self(value: .symbolUnknown)
        /// The provider does not sell what was asked, nor anything that it could be made from: fix the request.
        public static let unsupported = Self(value: .unsupported)
        /// The provider refused the key, the licence or the credit: fix the account or the configuration.
        public static let providerRefused = Self(value: .providerRefused)
        /// The provider failed and nothing is stored: retry after `retryAfter`.
        public static let providerUnavailable = Self(value: .providerUnavailable)
        /// The provider asks to slow down and nothing is stored: retry after `retryAfter`.
        public static let rateLimited = Self(value: .rateLimited)
        /// The database failed and memory does not hold the answer: retry later.
        public static let databaseUnavailable = Self(value: .databaseUnavailable)
        /// Too many fetches or waiters: retry later.
        public static let overloaded = Self(value: .overloaded)
        /// The caller's task was cancelled.
        public static let cancelled = Self(value: .cancelled)
        /// The cache is being stopped.
        public static let shuttingDown = Self(value: .shuttingDown)
        /// Nothing is stored, and the cache is in a mode in which it buys nothing.
        public static let offline = Self(value: .offline)
        /// A fetch took longer than a read may wait; it goes on and what it brings is kept: ask again.
        public static let timedOut = Self(value: .timedOut)

        /// The purchase would pass the day's spending limit and nothing is stored: ask for less, or raise the limit.
        public static let budgetExceeded = Self(value: .budgetExceeded)

        /// The name of the code.
        public var description: String { self.value.rawValue }
    }

    /// What kind of failure happened.
    public let code: Code
    /// What went wrong and what is allowed, in words for a user.
    public let message: String
    /// With `invalidRequest`: the parameter, by its name in requests (`symbol`, `last`, `start`).
    public let parameter: String?
    /// How long to wait before trying again, if that is known.
    public let retryAfter: Duration?
    /// The error behind this one: a `ProviderError`, `SQLError`, `DamagedBlocks` or `MarketDataError`.
    public let underlying: (any Error)?

    /// Creates an error; the message must be free of secrets.
    public init(
        _ code: Code,
        _ message: String,
        parameter: String? = nil,
        retryAfter: Duration? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.retryAfter = retryAfter
        self.underlying = underlying
    }

    /// Code and message.
    public var description: String { "\(self.code): \(self.message)" }
}
