import MarketData

/// Reads the time of an answer's `Date` header.
enum HTTPDate {
    private static let months = [
        "Jan": Int64(1), "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10,
        "Nov": 11, "Dec": 12,
    ]

    /// The time of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may write; nil for anything else.
    static func time(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", let month = self.months[String(parts[2])],
            let day = Int64(parts[1]), let year = Int64(parts[3]),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let clock = parts[4].split(separator: ":").map { Int64($0) ?? -1 }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let seconds = clock[0] * 3_600 + clock[1] * 60 + clock[2]
        return date.start.advancedSaturating(byNanoseconds: seconds * 1_000_000_000)
    }
}
