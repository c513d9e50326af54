public import MarketData

/// An error of a provider.
///
/// Its message never holds a key.
public struct ProviderError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure happened, and what a caller can do about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case unauthorized, forbidden, outOfCredit, symbolUnknown, notAvailableYet, rateLimited, badRequest
            case unsupported, unavailable, timedOut, cut, corruptAnswer, cancelled, offline, leaseLost
        }

        private let value: Value

        /// The key is wrong or switched off: fix the configuration.
        public static let unauthorized = Self(value: .unauthorized)
        /// The account has no licence for the data: fix the account.
        public static let forbidden = Self(value: .forbidden)
        /// The account has run out of credit or reached its spending limit.
        public static let outOfCredit = Self(value: .outOfCredit)
        /// The provider does not know the symbol in the range: fix the request.
        public static let symbolUnknown = Self(value: .symbolUnknown)
        /// The range is newer than what the provider sells now: see `availableEnd`.
        public static let notAvailableYet = Self(value: .notAvailableYet)
        /// Too many requests: see `retryAfter`.
        public static let rateLimited = Self(value: .rateLimited)
        /// The provider refused a parameter: fix the request.
        public static let badRequest = Self(value: .badRequest)
        /// The provider does not sell this.
        public static let unsupported = Self(value: .unsupported)
        /// The provider cannot be reached or answers with its own failure: retry later.
        public static let unavailable = Self(value: .unavailable)
        /// The provider took too long: retry later.
        public static let timedOut = Self(value: .timedOut)
        /// The answer ended before its proper end, also after the allowed attempts to resume it.
        public static let cut = Self(value: .cut)
        /// The answer is not what it should be.
        public static let corruptAnswer = Self(value: .corruptAnswer)
        /// The calling task was cancelled.
        public static let cancelled = Self(value: .cancelled)
        /// Nobody was asked, because the cache is set to buy nothing.
        public static let offline = Self(value: .offline)

        /// Nothing more was asked, because another worker may be buying this by now: look again what is missing.
        public static let leaseLost = Self(value: .leaseLost)

        /// The code with this name; nil for a name that there is not.
        public init?(name: String) {
            guard let value = Value(rawValue: name) else { return nil }
            self.value = value
        }

        private init(value: Value) {
            self.value = value
        }

        /// The name of the code.
        public var description: String { self.value.rawValue }
    }

    /// What kind of failure happened.
    public let code: Code
    /// What went wrong, in words for a user.
    public let message: String
    /// With `rateLimited` and `unavailable`: how long the provider asks to wait.
    public let retryAfter: Duration?
    /// With `notAvailableYet`: the end of what it sells now.
    public let availableEnd: Timestamp?
    /// What the fetch had brought and cost before it failed: that is billed, too.
    ///
    /// Nil where nothing was fetched, or it is not known.
    public private(set) var receipt: FetchReceipt?

    /// Creates an error; the message must be free of secrets.
    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil, availableEnd: Timestamp? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.availableEnd = availableEnd
    }

    /// The same error with what was fetched before it.
    public func after(_ receipt: FetchReceipt) -> ProviderError {
        var error = self
        error.receipt = receipt
        return error
    }

    /// Code and message.
    public var description: String { "\(self.code): \(self.message)" }
}
