/// One worker's attempt to get leases.
public struct LeaseClaim: Hashable, Sendable {
    /// Tells the claim apart from all others: made twice it grants once.
    public let id: String
    /// The worker.
    public let owner: String
    /// How long a lease stands unless it is renewed.
    public let length: Duration
    /// Leases granted at most; what is missing beyond them is left.
    public let grantsMax: Int

    /// Creates a claim of its own.
    public init(owner: String, length: Duration, grantsMax: Int) {
        self.id = Self.randomDigits + Self.randomDigits
        self.owner = owner
        self.length = length
        self.grantsMax = grantsMax
    }

    /// 16 random hexadecimal digits, such as name a worker.
    public static var randomDigits: String {
        var generator = SystemRandomNumberGenerator()
        let digits = String(generator.next(), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    func token(_ number: Int) -> LeaseToken { LeaseToken(rawValue: "\(self.id)-\(number)") }

    /// Whether an earlier run of the same claim, whose answer was lost, made the token.
    func made(_ token: LeaseToken) -> Bool { token.rawValue.hasPrefix(self.id + "-") }
}
