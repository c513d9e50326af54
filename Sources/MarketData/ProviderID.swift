/// Where data is bought: `databento/GLBX.MDP3` (provider and dataset) or `simulated`.
public struct ProviderID: Hashable, Sendable, CustomStringConvertible {
    /// The canonical spelling: the name in lower case, the dataset in upper case.
    public let description: String

    /// Reads `name` or `name/DATASET`: letters, digits, `.`, `-` and `_`, each part led by a letter or digit, at most 64
    /// characters.
    ///
    /// Throws `malformedProvider`.
    public init(parsing text: String) throws(MarketDataError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 64, parts.count <= 2, parts.allSatisfy(Self.isSound) else {
            throw MarketDataError(
                .malformedProvider,
                "\(MarketDataError.quoted(text)) is not a provider: use name or name/DATASET, such as databento/GLBX.MDP3"
            )
        }
        self.description =
            parts.count == 2 ? parts[0].lowercased() + "/" + parts[1].uppercased() : parts[0].lowercased()
    }

    /// The simulated market.
    public static let simulated = ProviderID(canonical: "simulated")

    private init(canonical description: String) {
        self.description = description
    }

    private static func isSound(_ part: Substring) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = part.utf8.first, isAlphanumeric(first) else { return false }
        return part.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    /// The part before the slash, `databento`.
    public var name: String {
        String(self.description.prefix { $0 != "/" })
    }

    /// The part after the slash, `GLBX.MDP3`, or nil.
    public var dataset: String? {
        self.description.firstIndex(of: "/").map { String(self.description[self.description.index(after: $0)...]) }
    }
}
