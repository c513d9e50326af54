import MarketData

/// One worker's attempt to get leases.
public struct LeaseClaim: Hashable, Sendable {
    /// Tells the claim's leases apart from all others.
    public let id: String
    /// The worker.
    public let owner: String
    /// How long a lease stands unless it is renewed.
    public let length: Duration
    /// Leases granted at most; what is missing beyond them is left.
    public let grantsMax: Int
    /// All leases that the worker knows to hold.
    ///
    /// What it has claimed before of what it claims now, without knowing it, is void: the answer was lost.
    public let holding: Set<LeaseToken>
    /// Whether the failures of others keep the claimer from trying; a person who tries again knows of them.
    public let heedsFailures: Bool

    /// Creates a claim, whose range no other claim of the worker may overlap at the same time.
    public init(
        owner: String,
        length: Duration,
        grantsMax: Int,
        holding: Set<LeaseToken> = [],
        heedsFailures: Bool = true
    ) {
        self.id = (0..<2).map { _ in UInt64.random(in: .min ... .max).hexDigits }.joined()
        self.owner = owner
        self.length = length
        self.grantsMax = grantsMax
        self.holding = holding
        self.heedsFailures = heedsFailures
    }

    func token(_ number: Int) -> LeaseToken { LeaseToken(rawValue: "\(self.id)-\(number)") }
}
