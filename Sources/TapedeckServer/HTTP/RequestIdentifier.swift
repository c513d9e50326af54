import MarketData

/// The identifier of a request, which joins the answer, the log and the ledger.
enum RequestIdentifier {
    /// The client's own identifier when it is sound (1 to 64 letters, digits, `.`, `_`, `-`), else a new one.
    static func make(from header: String?, random: () -> UInt64 = { .random(in: .min ... .max) }) -> String {
        if let header, Self.isSound(header) { return header }
        return random().hexDigits
    }

    /// Whether text from a header may go into logs and the ledger as it is.
    static func isSound(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
