extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, `2026-01-05T14:30:00Z`; a fraction is written with 3, 6 or 9 digits and only when not zero.
    public var description: String {
        let (seconds, fraction) = self.nanoseconds.flooredQuotientAndRemainder(dividingBy: 1_000_000_000)
        let (days, secondOfDay) = seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
        let date = CivilDate(daysSinceEpoch: days)
        var text = "\(date)T\(padded(secondOfDay / 3600)):\(padded(secondOfDay / 60 % 60)):\(padded(secondOfDay % 60))"
        if fraction != 0 {
            var digits = String(fraction)
            digits = String(repeating: "0", count: 9 - digits.count) + digits
            while digits.hasSuffix("000") { digits.removeLast(3) }
            text += "." + digits
        }
        return text + "Z"
    }

    /// Reads RFC 3339 (`2026-01-05T14:30:00.5+01:00`, also with a space and without seconds or zone, then UTC), a date
    /// (`2026-01-05`, its first instant in UTC), or integer nanoseconds since the epoch.
    ///
    /// Throws `malformedTimestamp` or `timestampOutOfRange`; the message quotes the text.
    public init(parsing text: String) throws(MarketDataError) {
        func malformed() -> MarketDataError {
            MarketDataError(
                .malformedTimestamp,
                MarketDataError.quoted(text)
                    + " is not a time: use RFC 3339 (2026-01-05T14:30:00Z), a date (2026-01-05) or integer nanoseconds since 1970"
            )
        }
        func outOfRange() -> MarketDataError {
            MarketDataError(
                .timestampOutOfRange,
                "time \(MarketDataError.quoted(text)) is outside 1990-01-01T00:00:00Z to 2200-01-01T00:00:00Z"
            )
        }
        var reader = DigitReader(text)
        if reader.isIntegerOnly {
            // Digits that do not fit Int64 are a number all the same, only far outside.
            guard let nanoseconds = Int64(text) else { throw outOfRange() }
            try self.init(validating: nanoseconds)
            return
        }
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2),
            reader.skip("-"), let day = reader.number(digits: 2),
            let date = CivilDate(year: Int64(year), month: Int64(month), day: Int64(day))
        else { throw malformed() }
        var seconds = date.daysSinceEpoch * 86_400
        var fraction: Int64 = 0
        if !reader.isAtEnd {
            guard reader.skip("T") || reader.skip("t") || reader.skip(" "),
                let hour = reader.number(digits: 2), hour < 24, reader.skip(":"),
                let minute = reader.number(digits: 2), minute < 60
            else { throw malformed() }
            seconds += Int64(hour * 3600 + minute * 60)
            if reader.skip(":") {
                guard let second = reader.number(digits: 2), second < 60 else { throw malformed() }
                seconds += Int64(second)
                if reader.skip(".") {
                    guard let parsed = reader.fraction() else { throw malformed() }
                    fraction = parsed
                }
            }
            guard let offset = reader.offsetSeconds(), reader.isAtEnd else { throw malformed() }
            seconds -= offset
        }
        let (whole, wholeOverflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (nanoseconds, overflow) = whole.addingReportingOverflow(fraction)
        guard !wholeOverflow, !overflow, let time = try? Timestamp(validating: nanoseconds) else { throw outOfRange() }
        self = time
    }
}

/// Two digits with a leading zero.
private func padded(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
}

/// Reads fixed-width ASCII fields from the front of a text.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        self.rest = text[...].utf8
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    var isIntegerOnly: Bool {
        let digits = self.rest.first == UInt8(ascii: "-") ? self.rest.dropFirst() : self.rest
        return !digits.isEmpty && digits.allSatisfy { $0 >= 48 && $0 <= 57 }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = self.rest.first, first == UInt8(ascii: character) else { return false }
        self.rest.removeFirst()
        return true
    }

    mutating func number(digits: Int) -> Int? {
        let field = self.rest.prefix(digits)
        guard field.count == digits, field.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        self.rest.removeFirst(digits)
        return field.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// One to nine digits as nanoseconds.
    mutating func fraction() -> Int64? {
        let field = self.rest.prefix { $0 >= 48 && $0 <= 57 }
        guard !field.isEmpty, field.count <= 9 else { return nil }
        var value = field.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
        for _ in field.count..<9 { value *= 10 }
        self.rest.removeFirst(field.count)
        return value
    }

    /// `Z`, `±HH:MM`, `±HHMM` or nothing (UTC), in seconds east of UTC.
    mutating func offsetSeconds() -> Int64? {
        if self.isAtEnd || self.skip("Z") || self.skip("z") { return 0 }
        let sign: Int64
        if self.skip("+") { sign = 1 } else if self.skip("-") { sign = -1 } else { return nil }
        guard let hours = self.number(digits: 2), hours < 24 else { return nil }
        _ = self.skip(":")
        guard let minutes = self.number(digits: 2), minutes < 60 else { return nil }
        return sign * Int64(hours * 3600 + minutes * 60)
    }
}
