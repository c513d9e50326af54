import MarketData
import Testing

@Suite struct TimestampTests {
    private func parse(_ text: String) throws -> Int64 {
        try Timestamp(parsing: text).nanoseconds
    }

    @Test(
        arguments: [
            ("2026-01-05T14:30:00Z", 1_767_623_400_000_000_000),
            ("2026-01-05t14:30:00z", 1_767_623_400_000_000_000),
            ("2026-01-05 14:30:00", 1_767_623_400_000_000_000),
            ("2026-01-05T14:30", 1_767_623_400_000_000_000),
            ("2026-01-05T14:30Z", 1_767_623_400_000_000_000),
            ("2026-01-05T14:30:00+00:00", 1_767_623_400_000_000_000),
            ("2026-01-05T14:30:00-00:00", 1_767_623_400_000_000_000),
            ("2026-01-05T15:30:00+01:00", 1_767_623_400_000_000_000),
            ("2026-01-05T15:30:00+0100", 1_767_623_400_000_000_000),
            ("2026-01-05T08:30:00-06:00", 1_767_623_400_000_000_000),
            ("2026-01-06T14:29:00+23:59", 1_767_623_400_000_000_000),
            ("2026-01-05T14:30:00.5Z", 1_767_623_400_500_000_000),
            ("2026-01-05T14:30:00.000000001Z", 1_767_623_400_000_000_001),
            ("2026-01-05T14:30:00.123456789+00:00", 1_767_623_400_123_456_789),
            ("2026-01-05", 1_767_571_200_000_000_000),
            ("2024-02-29", 1_709_164_800_000_000_000),
            ("2000-02-29", 951_782_400_000_000_000),
            ("1990-01-01", 631_152_000_000_000_000),
            ("2200-01-01", 7_258_118_400_000_000_000),
            ("2199-12-31T23:59:59.999999999Z", 7_258_118_399_999_999_999),
            ("1989-12-31T23:00:00-01:00", 631_152_000_000_000_000),
            ("1767623400000000000", 1_767_623_400_000_000_000),
            ("631152000000000000", 631_152_000_000_000_000),
            ("0631152000000000000", 631_152_000_000_000_000),
        ] as [(String, Int64)]
    )
    func textIsRead(text: String, nanoseconds: Int64) throws {
        #expect(try self.parse(text) == nanoseconds)
    }

    @Test(arguments: [
        "", " ", "x", "-", "+", "2026-", "2026-1-5", "2026-01", "2026-01-", "2026-01-5", "2026-13-01",
        "2026-00-10", "2026-01-00", "2026-01-32", "2026-02-29", "2025-02-29", "2100-02-29", "2026-04-31", "20260105T00",
        "2026/01/05", "26-01-05", "02026-01-05", "-2026-01-05", "+2026-01-05", "2026-01-05T", "2026-01-05T1",
        "2026-01-05T14", "2026-01-05T14:", "2026-01-05T14:3", "2026-01-05T24:00:00Z", "2026-01-05T14:60:00Z",
        "2026-01-05T14:30:60Z", "2026-01-05T14:30:00.Z", "2026-01-05T14:30:00.", "2026-01-05T14:30:00.1234567890Z",
        "2026-01-05T14:30:00,5Z", "2026-01-05T14:30:00ZZ", "2026-01-05T14:30:00Z ", " 2026-01-05T14:30:00Z",
        "2026-01-05T14:30:00+", "2026-01-05T14:30:00+1", "2026-01-05T14:30:00+01", "2026-01-05T14:30:00+01:",
        "2026-01-05T14:30:00+24:00", "2026-01-05T14:30:00+01:60", "2026-01-05T14:30:00+01:00Z", "2026-01-05Z",
        "2026-01-05T14:30.5Z", "2026-01-05T14:30:00 Z", "2026-01-05T14:30:00 01:00", "2026-01-05T-1:30:00Z",
        "２０２６-01-05", "2026-01-05T14:30:00Z\n", "1e18", "0x10", "1767623400000000000.0", "17676234 00000000000",
        "+1767623400000000000", "--5", "2026-01-05T14:30:00\u{2212}01:00", "now", "2026-W02-1",
    ])
    func malformedTextIsRefused(text: String) throws {
        let error = #expect(throws: MarketDataError.self) { try self.parse(text) }
        #expect(error?.code == .malformedTimestamp, "\(text)")
    }

    @Test(arguments: [
        "1989-12-31", "1989-12-31T23:59:59.999999999Z", "1990-01-01T00:00:00+00:01", "2200-01-01T00:00:00.000000001Z",
        "2200-01-02", "0000-01-01", "9999-12-31T23:59:59Z", "2262-04-11T23:47:16.999999999Z", "2262-04-11T23:47:16Z",
        "2262-04-11T23:47:17Z", "1677-09-21T00:12:43.000000001Z", "0", "-1", "2026", "20260105", "631151999999999999",
        "7258118400000000001", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999999999999",
    ])
    func timesOutsideTheYears1990To2200AreRefused(text: String) throws {
        let error = #expect(throws: MarketDataError.self) { try self.parse(text) }
        #expect(error?.code == .timestampOutOfRange, "\(text)")
    }

    @Test func aMessageQuotesTheTextWithinBoundsAndWithoutControlCharacters() throws {
        let text = "\u{1B}[31m\n" + String(repeating: "e\u{301}", count: 10_000)

        let error = #expect(throws: MarketDataError.self) { try self.parse(text) }

        let message = try #require(error?.message)
        #expect(message.utf8.count < 800 && message.unicodeScalars.allSatisfy { $0.value >= 32 })
    }

    @Test func everyFractionLengthIsRead() throws {
        var expected: Int64 = 0
        var digits = ""
        for digit in 1...9 {
            digits += String(digit)
            var scale: Int64 = 1
            for _ in digit..<9 { scale *= 10 }
            expected += Int64(digit) * scale

            #expect(try self.parse("1990-01-01T00:00:00.\(digits)Z") == 631_152_000_000_000_000 + expected)
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let units: [Int64] = [1, 1000, 1_000_000, 1_000_000_000, 60_000_000_000, 86_400_000_000_000]
        for _ in 0..<5000 {
            let unit = units.randomElement(using: &random) ?? 1
            let raw = Int64.random(in: Timestamp.earliest.nanoseconds...Timestamp.latest.nanoseconds, using: &random)
            let time = Timestamp(nanoseconds: max(Timestamp.earliest.nanoseconds, raw / unit * unit))

            #expect(try Timestamp(parsing: time.description) == time, "seed \(seed)")
            #expect(try Timestamp(parsing: String(time.nanoseconds)) == time, "seed \(seed)")
        }
    }

    @Test func anOffsetMovesTheTimeTheOtherWay() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let minutes = Int64.random(in: -1439...1439, using: &random)
            let time = Timestamp(
                nanoseconds: Int64.random(in: 700_000_000...7_200_000_000, using: &random) * 1_000_000_000
            )
            let local = time.advancedSaturating(byNanoseconds: minutes * 60_000_000_000)
            let (hour, minute) = (abs(minutes) / 60, abs(minutes) % 60)
            let offset =
                (minutes < 0 ? "-" : "+") + (hour < 10 ? "0\(hour)" : "\(hour)") + ":"
                + (minute < 10 ? "0\(minute)" : "\(minute)")

            #expect(try Timestamp(parsing: local.description.dropLast() + offset) == time, "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"), (1_000, "1970-01-01T00:00:00.000001Z"),
            (1_000_000, "1970-01-01T00:00:00.001Z"), (10, "1970-01-01T00:00:00.000000010Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"), (.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)]
    )
    func anyInt64IsWritten(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).description == text)
    }

    @Test func arithmeticThrowsOrIsHeldAtTheEndsOfInt64() throws {
        let (first, last) = (Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))

        #expect(throws: MarketDataError.self) { try last.advanced(byNanoseconds: 1) }
        #expect(throws: MarketDataError.self) { try first.advanced(byNanoseconds: -1) }
        #expect(try last.advanced(byNanoseconds: .min).nanoseconds == -1)
        #expect(last.advancedSaturating(byNanoseconds: 1) == last)
        #expect(first.advancedSaturating(byNanoseconds: .min) == first)
        #expect(try TimeRange(start: first, end: last).nanoseconds == .max)
    }

    @Test(arguments: [Int64.min, -1, 0, 631_151_999_999_999_999, 7_258_118_400_000_000_001, .max])
    func numbersFromOutsideAreChecked(nanoseconds: Int64) {
        let error = #expect(throws: MarketDataError.self) { try Timestamp(validating: nanoseconds) }
        #expect(error?.code == .timestampOutOfRange)
    }

    @Test func noTextTraps() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789012345678901234567890123456789-:TZ.+ é")
        let templates = ["2026-01-05T14:30:00.123456789+01:00", "9223372036854775807", "2262-04-11T23:47:16.99Z"]
        for _ in 0..<20_000 {
            var text = Array(templates.randomElement(using: &random) ?? "")
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                text[Int.random(in: text.indices, using: &random)] = alphabet.randomElement(using: &random) ?? "0"
            }
            if let time = try? Timestamp(parsing: String(text.prefix(Int.random(in: 0...40, using: &random)))) {
                #expect(time >= .earliest && time <= .latest, "seed \(seed): \(String(text))")
            }
        }
    }
}
