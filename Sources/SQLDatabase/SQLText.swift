/// What can be told from the text of a statement without parsing it.
enum SQLText {
    /// The first words of statements that start or end a transaction or savepoint.
    static let transactionKeywords: Set<String> = [
        "ABORT", "BEGIN", "COMMIT", "END", "RELEASE", "ROLLBACK", "SAVEPOINT", "START",
    ]

    /// Whether the first statement of a zero-terminated text starts or ends a transaction or savepoint.
    static func isTransactionControl(_ sql: UnsafePointer<CChar>) -> Bool {
        Self.transactionKeywords.contains(Self.firstWord(sql))
    }

    /// The first word in upper case; empty where the text does not begin with a word.
    private static func firstWord(_ sql: UnsafePointer<CChar>) -> String {
        var next = Self.skippingBlanks(sql)
        var word = ""
        while let scalar = Unicode.Scalar(UInt32(UInt8(bitPattern: next.pointee))), scalar.isASCIILetter {
            word.unicodeScalars.append(scalar)
            next += 1
        }
        return word.uppercased()
    }

    /// The place after white space, semicolons and comments.
    private static func skippingBlanks(_ sql: UnsafePointer<CChar>) -> UnsafePointer<CChar> {
        var next = sql
        while true {
            switch UInt8(bitPattern: next.pointee) {
            case UInt8(ascii: " "), UInt8(ascii: ";"), 9...13:
                next += 1
            case UInt8(ascii: "-") where next[1] == next[0]:
                while next.pointee != 0, UInt8(bitPattern: next.pointee) != UInt8(ascii: "\n") { next += 1 }
            case UInt8(ascii: "/") where UInt8(bitPattern: next[1]) == UInt8(ascii: "*"):
                next = Self.skippingComment(next + 2)
            default:
                return next
            }
        }
    }

    private static func skippingComment(_ inside: UnsafePointer<CChar>) -> UnsafePointer<CChar> {
        var next = inside
        while next.pointee != 0 {
            if UInt8(bitPattern: next[0]) == UInt8(ascii: "*"), UInt8(bitPattern: next[1]) == UInt8(ascii: "/") {
                return next + 2
            }
            next += 1
        }
        return next
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}
