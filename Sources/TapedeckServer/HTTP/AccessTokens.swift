/// The bearer tokens that a worker accepts.
///
/// It never prints them.
public struct AccessTokens: Sendable, CustomStringConvertible {
    /// Who presented a token.
    enum Bearer: Equatable {
        /// The operator.
        case admin
        /// A bot, by its configured name.
        case bot(String)
    }

    private let admin: [UInt8]?
    private let bots: [(name: String, token: [UInt8])]

    /// Creates tokens: the operator's, if there is one, and those of the bots by their names.
    public init(admin: String? = nil, bots: [(name: String, token: String)] = []) {
        self.admin = admin.map { Array($0.utf8) }
        self.bots = bots.map { ($0.name, Array($0.token.utf8)) }
    }

    /// Whether there is an operator's token.
    public var hasAdmin: Bool { self.admin != nil }
    /// Whether there are bots' tokens.
    public var hasBots: Bool { !self.bots.isEmpty }

    /// Who sends `authorization`, the header's value: nil for nobody known.
    ///
    /// All tokens are compared, each in a time that does not depend on where it differs.
    func bearer(authorization: String?) -> Bearer? {
        guard let authorization else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let presented = Array(parts[1].utf8)
        var bearer: Bearer?
        for (name, token) in self.bots where Self.areEqual(presented, token) {
            bearer = .bot(name)
        }
        if let admin = self.admin, Self.areEqual(presented, admin) {
            bearer = .admin
        }
        return bearer
    }

    /// Which tokens there are, without the tokens.
    public var description: String {
        "admin token: \(self.hasAdmin ? "set" : "not set"), bots: \(self.bots.map(\.name))"
    }

    /// Compares every byte of the expected token whatever the presented one is.
    static func areEqual(_ presented: [UInt8], _ expected: [UInt8]) -> Bool {
        guard !presented.isEmpty, !expected.isEmpty else { return false }
        var difference = presented.count ^ expected.count
        for index in expected.indices {
            difference |= Int(presented[index % presented.count] ^ expected[index])
        }
        return difference == 0
    }
}

extension AccessTokens: CustomReflectable {
    /// No children: a mirror (`dump`) shows no token either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
