/// Finds the first word of each statement in a script for Postgres, without parsing more than it must.
///
/// Semicolons in texts, quoted names, dollar quotes and comments do not end a statement.
struct PostgresScriptScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var firstWords: [String] = []
    private var isAtStatementStart = true

    private init(_ sql: String) {
        self.bytes = Array(sql.utf8)
    }

    /// Whether a statement of the script starts or ends a transaction or savepoint.
    ///
    /// The `END` of a function body in SQL's own syntax (`BEGIN ATOMIC`) looks like one; a body in dollar quotes does not.
    static func hasTransactionControl(_ sql: String) -> Bool {
        Self.firstWords(sql).contains { SQLText.transactionKeywords.contains($0) }
    }

    /// The first words in upper case; an empty one for a statement that begins with something else.
    static func firstWords(_ sql: String) -> [String] {
        var scanner = Self(sql)
        while scanner.position < scanner.bytes.count {
            scanner.step()
        }
        return scanner.firstWords
    }

    /// The byte at an offset from the position, 0 beyond the end.
    private subscript(offset: Int) -> UInt8 {
        self.position + offset < self.bytes.count ? self.bytes[self.position + offset] : 0
    }

    private mutating func step() {
        switch self[0] {
        case UInt8(ascii: " "), 9...13:
            self.position += 1
        case UInt8(ascii: ";"):
            self.position += 1
            self.isAtStatementStart = true
        case UInt8(ascii: "-") where self[1] == UInt8(ascii: "-"):
            while self.position < self.bytes.count, self[0] != UInt8(ascii: "\n") { self.position += 1 }
        case UInt8(ascii: "/") where self[1] == UInt8(ascii: "*"):
            self.skipComment()
        case UInt8(ascii: "'"):
            self.begin("")
            self.skipQuoted(hasEscapes: false)
        case UInt8(ascii: "\""):
            self.begin("")
            self.skipQuoted(hasEscapes: false)
        case UInt8(ascii: "$"):
            self.begin("")
            self.skipDollarQuoted()
        case let byte where Self.isWordByte(byte):
            self.takeWord()
        default:
            self.begin("")
            self.position += 1
        }
    }

    private mutating func begin(_ word: String) {
        guard self.isAtStatementStart else { return }
        self.isAtStatementStart = false
        self.firstWords.append(word)
    }

    private mutating func takeWord() {
        let start = self.position
        while Self.isWordByte(self[0]) || self[0] == UInt8(ascii: "$") { self.position += 1 }
        let word = String(decoding: self.bytes[start..<self.position], as: UTF8.self).uppercased()
        self.begin(word)
        if word == "E", self[0] == UInt8(ascii: "'") {
            self.skipQuoted(hasEscapes: true)
        }
    }

    private mutating func skipQuoted(hasEscapes: Bool) {
        let quote = self[0]
        self.position += 1
        while self.position < self.bytes.count {
            if hasEscapes, self[0] == UInt8(ascii: "\\") {
                self.position += 2
            } else if self[0] != quote {
                self.position += 1
            } else if hasEscapes, self[1] == quote {
                // Without escapes, what follows a doubled quote reads like another text of the same kind.
                self.position += 2
            } else {
                self.position += 1
                return
            }
        }
    }

    /// Comments nest in Postgres.
    private mutating func skipComment() {
        var depth = 0
        repeat {
            if self[0] == UInt8(ascii: "/"), self[1] == UInt8(ascii: "*") {
                depth += 1
                self.position += 2
            } else if self[0] == UInt8(ascii: "*"), self[1] == UInt8(ascii: "/") {
                depth -= 1
                self.position += 2
            } else {
                self.position += 1
            }
        } while depth > 0 && self.position < self.bytes.count
    }

    /// Skips `$tag$ … $tag$`, or only the dollar sign where no such quote begins.
    private mutating func skipDollarQuoted() {
        var end = self.position + 1
        while end < self.bytes.count, Self.isWordByte(self.bytes[end]) { end += 1 }
        let isQuote = end < self.bytes.count && self.bytes[end] == UInt8(ascii: "$") && !Self.isDigit(self[1])
        guard isQuote else {
            self.position += 1
            return
        }
        let delimiter = Array(self.bytes[self.position...end])
        self.position = end + 1
        while self.position < self.bytes.count {
            if self.bytes[self.position...].starts(with: delimiter) {
                self.position += delimiter.count
                return
            }
            self.position += 1
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case 0x80...: true
        default: Self.isDigit(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
