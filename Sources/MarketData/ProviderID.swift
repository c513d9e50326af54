/// Where data is bought: `databento/GLBX.MDP3` (provider and dataset) or `simulated`.
public struct ProviderID: Hashable, Sendable, CustomStringConvertible {
    /// The canonical spelling: the name in lower case, the dataset in upper case.
    public let description: String

    /// Reads `name` or `name/DATASET`: letters, digits, `.`, `-` and `_`, at most 64 characters.
    ///
    /// Throws `malformedProvider`.
    public init(parsing text: String) throws(MarketDataError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isSound =
            text.utf8.count <= 64 && parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.unicodeScalars.allSatisfy { scalar in
                        switch scalar {
                        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
                        default: false
                        }
                    }
            }
        guard isSound else {
            throw MarketDataError(
                .malformedProvider,
                "'\(String(text.prefix(64)))' is not a provider: use name or name/DATASET, such as databento/GLBX.MDP3"
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

    /// The part before the slash, `databento`.
    public var name: String {
        String(self.description.prefix { $0 != "/" })
    }

    /// The part after the slash, `GLBX.MDP3`, or nil.
    public var dataset: String? {
        self.description.firstIndex(of: "/").map { String(self.description[self.description.index(after: $0)...]) }
    }
}
