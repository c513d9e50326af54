import MarketData

/// Writes ASCII text into memory that the caller has reserved, without allocating.
///
/// The hot path of an answer is thousands of small numbers and times; each is written digit by digit in place.
struct TextPen {
    private let bytes: UnsafeMutableRawBufferPointer
    /// The bytes written so far.
    private(set) var count = 0

    /// Starts at the beginning of `bytes`.
    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    /// Writes one byte.
    mutating func byte(_ byte: UInt8) {
        precondition(self.count < self.bytes.count, "The caller reserves enough space.")
        self.bytes[self.count] = byte
        self.count += 1
    }

    /// Writes a literal.
    mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { self.copy(UnsafeRawBufferPointer($0)) }
    }

    /// Writes text as it is.
    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { self.copy(UnsafeRawBufferPointer($0)) }
    }

    /// Writes an integer.
    mutating func integer(_ value: Int64) {
        if value < 0 { self.byte(UInt8(ascii: "-")) }
        self.digits(value.magnitude, width: 1)
    }

    /// Writes the shortest decimal that reads back as the same finite number.
    mutating func decimal(_ value: Double) {
        // A decimal of up to 15 digits is the only one of its length for its double, and a division of exactly
        // represented integers rounds correctly: if digits / scale gives the value back, reading the text does too.
        var scale = 1.0
        for fractionDigits in 0...6 {
            let scaled = (value * scale).rounded()
            guard scaled.magnitude < 1e15 else { break }
            if scaled / scale == value {
                self.fixed(Int64(scaled), scale: UInt64(scale), fractionDigits: fractionDigits)
                return
            }
            scale *= 10
        }
        self.text(value.description)
    }

    /// Writes RFC 3339 in UTC; a fraction is written with 3, 6 or 9 digits and only when not zero.
    mutating func time(_ timestamp: Timestamp) {
        let (seconds, fraction) = timestamp.nanoseconds.flooredQuotientAndRemainder(dividingBy: 1_000_000_000)
        let (days, secondOfDay) = seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = CivilDate(daysSinceEpoch: days).components
        self.digits(year.magnitude, width: 4)
        self.byte(UInt8(ascii: "-"))
        self.digits(month.magnitude, width: 2)
        self.byte(UInt8(ascii: "-"))
        self.digits(day.magnitude, width: 2)
        self.byte(UInt8(ascii: "T"))
        self.digits((secondOfDay / 3600).magnitude, width: 2)
        self.byte(UInt8(ascii: ":"))
        self.digits((secondOfDay / 60 % 60).magnitude, width: 2)
        self.byte(UInt8(ascii: ":"))
        self.digits((secondOfDay % 60).magnitude, width: 2)
        if fraction != 0 {
            self.byte(UInt8(ascii: "."))
            switch fraction {
            case _ where fraction % 1_000_000 == 0: self.digits((fraction / 1_000_000).magnitude, width: 3)
            case _ where fraction % 1_000 == 0: self.digits((fraction / 1_000).magnitude, width: 6)
            default: self.digits(fraction.magnitude, width: 9)
            }
        }
        self.byte(UInt8(ascii: "Z"))
    }

    /// Writes `digits / scale` with that many fraction digits.
    private mutating func fixed(_ digits: Int64, scale: UInt64, fractionDigits: Int) {
        if digits < 0 { self.byte(UInt8(ascii: "-")) }
        let (whole, fraction) = digits.magnitude.quotientAndRemainder(dividingBy: scale)
        self.digits(whole, width: 1)
        guard fractionDigits > 0 else { return }
        self.byte(UInt8(ascii: "."))
        self.digits(fraction, width: fractionDigits)
    }

    /// Writes digits with leading zeros up to `width`.
    private mutating func digits(_ value: UInt64, width: Int) {
        var length = 1
        var limit: UInt64 = 10
        while value >= limit {
            length += 1
            let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
            if overflow { break }
            limit = next
        }
        length = max(length, width)
        precondition(self.count + length <= self.bytes.count, "The caller reserves enough space.")
        var rest = value
        for index in stride(from: self.count + length - 1, through: self.count, by: -1) {
            self.bytes[index] = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
            rest /= 10
        }
        self.count += length
    }

    private mutating func copy(_ source: UnsafeRawBufferPointer) {
        precondition(self.count + source.count <= self.bytes.count, "The caller reserves enough space.")
        UnsafeMutableRawBufferPointer(rebasing: self.bytes[self.count...]).copyMemory(from: source)
        self.count += source.count
    }
}
