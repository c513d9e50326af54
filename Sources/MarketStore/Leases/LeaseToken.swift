/// What names one lease and nothing else: who shows it may store what the lease is about.
public struct LeaseToken: Hashable, Sendable, CustomStringConvertible {
    /// The token as it is stored.
    public let rawValue: String

    /// Creates a token from its stored form.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The token as it is stored.
    public var description: String { self.rawValue }
}
