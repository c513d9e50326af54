public import MarketData

/// A failed purchase that stands in place of its lease, so that no other worker repeats it too soon.
public struct LeaseFailure: Hashable, Sendable {
    /// What could not be bought; nil when it concerns all that the provider sells.
    public let range: TimeRange?
    /// What kind of failure it was, in the provider's words for it.
    public let code: String
    /// What went wrong, free of secrets; the first 1,000 characters are kept.
    public let message: String
    /// How often in a row it has failed.
    public let attempts: Int
    /// How long nobody is to try again.
    public let retryAfter: Duration

    /// Creates a failure.
    public init(range: TimeRange?, code: String, message: String, attempts: Int, retryAfter: Duration) {
        self.range = range
        self.code = code
        self.message = message
        self.attempts = attempts
        self.retryAfter = retryAfter
    }
}
