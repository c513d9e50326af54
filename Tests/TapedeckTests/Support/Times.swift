import MarketData

/// A range written as two RFC 3339 times.
func range(_ start: String, _ end: String) throws -> TimeRange {
    try TimeRange(start: Timestamp(parsing: start), end: Timestamp(parsing: end))
}

/// A time written in RFC 3339.
func time(_ text: String) throws -> Timestamp {
    try Timestamp(parsing: text)
}
