/// A symbol as the simulation understands it.
///
/// The months of one future, and its continuous symbols, share the root's price path, each a little beside it.
struct SimulatedSymbol: Hashable, Sendable {
    /// The symbol as it was asked for.
    let text: String
    /// `ES` of `ES.c.0`, `ESZ6` and `ES`.
    let root: String

    /// Reads a symbol of letters, digits and single dots between them.
    ///
    /// Nil for anything else, and for `UNKNOWN…`.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isSound = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { Self.isLetter($0) || Self.isDigit($0) }
        }
        guard isSound, let first = parts.first, !text.hasPrefix("UNKNOWN") else { return nil }
        self.text = text
        self.root = parts.count == 1 ? Self.root(ofContract: first) : String(first)
    }

    /// Takes a month letter and one or two digits of the year off: `ESZ6` is a month of `ES`.
    private static func root(ofContract text: Substring) -> String {
        let withoutYear = text.utf8.reversed().drop(while: Self.isDigit)
        let yearDigits = text.utf8.count - withoutYear.count
        guard (1...2).contains(yearDigits), withoutYear.count >= 3, let month = withoutYear.first,
            "FGHJKMNQUVXZ".utf8.contains(month)
        else { return String(text) }
        return String(text.dropLast(yearDigits + 1))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
