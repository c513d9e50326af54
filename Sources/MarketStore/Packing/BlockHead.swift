import MarketData

/// The head of a block: see `BlockLayout`.
struct BlockHead {
    let name: String?
    let barCount: Int
    let first: Int64
    let last: Int64
    let timeUnit: UInt64
    let priceScale: NumberScale
    let priceBase: Int64
    let priceTick: UInt64
    let volumeScale: NumberScale
    let volumeBase: Int64
    let volumeTick: UInt64
    let revisionBase: Int64
    let fetchedAt: Int64
    /// How many byte planes each column has, 0 to 8.
    let widths: [Int]

    /// Reads a head; throws `VarintReader.Defect` or `BlockDecoder.Defect`.
    init(_ reader: inout VarintReader) throws {
        self.name = try Self.text(&reader)
        self.barCount = Int(clamping: try reader.next())
        self.first = try reader.nextSigned()
        self.last = try reader.nextSigned()
        self.timeUnit = try reader.next()
        (self.priceScale, self.priceBase, self.priceTick) = try Self.numbers(&reader)
        (self.volumeScale, self.volumeBase, self.volumeTick) = try Self.numbers(&reader)
        self.revisionBase = try reader.nextSigned()
        self.fetchedAt = try reader.nextSigned()
        let columns = BlockLayout.Column.allCases.count
        guard reader.bytes.count >= columns else { throw VarintReader.Defect.endsInTheMiddle }
        self.widths = reader.bytes.prefix(columns).map { Int($0) }
        reader.bytes = reader.bytes.dropFirst(columns)
        guard self.widths.allSatisfy({ $0 <= 8 }) else {
            throw BlockDecoder.Defect(description: "it has a column with more than 8 bytes a bar")
        }
    }

    private static func text(_ reader: inout VarintReader) throws -> String? {
        let length = Int(clamping: try reader.next())
        guard length <= reader.bytes.count else { throw VarintReader.Defect.endsInTheMiddle }
        let text = String(validating: reader.bytes.prefix(length), as: UTF8.self)
        reader.bytes = reader.bytes.dropFirst(length)
        return text
    }

    private static func numbers(_ reader: inout VarintReader) throws -> (NumberScale, base: Int64, tick: UInt64) {
        let code = try reader.next()
        guard let scale = NumberScale(code: code) else {
            throw BlockDecoder.Defect(description: "its scale \(code) is none")
        }
        return (scale, try reader.nextSigned(), try reader.next())
    }

    /// Throws `BlockDecoder.Defect` when the block belongs elsewhere.
    func check(name: String, barCount: Int, stretch: TimeRange) throws {
        guard self.name == name else {
            throw BlockDecoder.Defect(description: "it is of \(self.name ?? "an unreadable series"), not of \(name)")
        }
        guard barCount > 0, self.barCount == barCount else {
            throw BlockDecoder.Defect(description: "it has \(self.barCount) bars, not \(barCount)")
        }
        let (first, last) = (Timestamp(nanoseconds: self.first), Timestamp(nanoseconds: self.last))
        guard stretch.contains(first), stretch.contains(last) else {
            throw BlockDecoder.Defect(description: "its bars from \(first) to \(last) lie outside of \(stretch)")
        }
    }
}
