/// An API key of Databento, which shows itself to nobody: its descriptions and its mirror are empty of it.
public struct DatabentoKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key itself, for the request's credentials alone.
    let text: String

    /// Takes a key: 1 to 128 printable ASCII characters without a space.
    ///
    /// Throws `badRequest`, without naming the key.
    public init(_ text: String) throws(ProviderError) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ProviderError(
                .badRequest,
                "the Databento key is empty, too long or has characters that no key has: use the one from the portal"
            )
        }
        self.text = text
    }

    /// Nothing of the key.
    public var description: String { "DatabentoKey(hidden)" }
    /// Nothing of the key.
    public var debugDescription: String { self.description }
    /// Nothing of the key.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// `text` without the key, should a server repeat it.
    func redacted(_ text: String) -> String {
        text.split(separator: self.text, omittingEmptySubsequences: false).joined(separator: "[key]")
    }
}
