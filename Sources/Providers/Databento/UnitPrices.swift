/// What a dataset's records cost, in US dollars a gigabyte (1,000,000,000 bytes), by schema.
struct UnitPrices: Sendable, Decodable {
    private struct Mode: Decodable {
        let mode: String
        // The vendor's spelling.
        let unit_prices: [String: Double]
    }

    private static let bytesPerGigabyte = 1e9

    private let prices: [String: Double]

    init(from decoder: any Decoder) throws {
        let modes = try decoder.singleValueContainer().decode([Mode].self)
        let mode = modes.first { $0.mode == "historical-streaming" } ?? modes.first { $0.mode == "historical" }
        self.prices = mode?.unit_prices ?? [:]
    }

    /// The price of so many bytes, or nil when the schema's price is not known.
    func price(of schema: String, byteCount: Int) -> Double? {
        self.prices[schema].map { $0 * Double(byteCount) / Self.bytesPerGigabyte }
    }
}
