import MarketData

/// From when to when a dataset's data are sold, by schema.
struct DatasetRange: Sendable, Decodable {
    private struct Stretch: Decodable {
        let start: String
        let end: String
    }

    private enum CodingKeys: CodingKey { case start, end, schema }

    /// The range of the whole dataset.
    let whole: TimeRange
    private var schemas: [String: TimeRange]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.whole = try Self.range(
            try container.decode(String.self, forKey: .start),
            try container.decode(String.self, forKey: .end)
        )
        let stretches = try container.decodeIfPresent([String: Stretch].self, forKey: .schema) ?? [:]
        // A schema may have nothing yet: that is as if it were not sold.
        self.schemas = stretches.compactMapValues { try? Self.range($0.start, $0.end) }
    }

    /// The range of a schema, or nil when it is not sold.
    subscript(schema: String) -> TimeRange? {
        self.schemas.isEmpty ? self.whole : self.schemas[schema]
    }

    /// Ends a schema's range earlier, as a refusal said.
    mutating func narrow(_ schema: String, to end: Timestamp) {
        guard let range = self[schema], end < range.end else { return }
        self.schemas[schema] = TimeRange(range.start, end)
    }

    private static func range(_ start: String, _ end: String) throws -> TimeRange {
        try TimeRange(start: Timestamp(parsing: start), end: Timestamp(parsing: end))
    }
}
