import MarketData

/// Turns a coverage into the bytes of `series.coverage` and back.
///
/// The bytes are the same on both databases, and equal coverages have equal bytes. Layout, version 1: the version byte;
/// the number of final ranges; for each its start as the distance from the end of the one before (from 0 for the first)
/// and its length; the number of provisional stretches; for each the same and its fetch time as the distance from its
/// start. Numbers are LEB128, distances that may be negative zigzag-coded first.
///
/// Version 2 is the same and says that bars of the series may be in blocks: a program from before there were any refuses
/// it, in place of taking the rows for all there is.
enum CoverageCodec {
    private static let version: UInt8 = 1
    private static let versionWithBlocks: UInt8 = 2

    /// The bytes of `coverage`.
    static func encode(_ coverage: Coverage, hasBlocks: Bool) -> [UInt8] {
        var writer = VarintWriter(bytes: [hasBlocks ? Self.versionWithBlocks : Self.version])
        writer.append(UInt64(coverage.final.ranges.count))
        var previousEnd: Int64 = 0
        for range in coverage.final.ranges {
            writer.append(range, after: &previousEnd)
        }
        let provisional = Self.joined(coverage.provisional)
        writer.append(UInt64(provisional.count))
        previousEnd = 0
        for stretch in provisional {
            writer.append(stretch.range, after: &previousEnd)
            writer.appendSigned(stretch.fetchedAt.nanoseconds &- stretch.range.start.nanoseconds)
        }
        return writer.bytes
    }

    /// The coverage of `bytes`, or `corruptRow` for bytes that `encode` cannot have written.
    static func decode(_ bytes: [UInt8]) throws -> Coverage {
        var reader = VarintReader(bytes: bytes[...])
        guard let version = reader.bytes.popFirst(), [Self.version, Self.versionWithBlocks].contains(version) else {
            throw StoreError(
                .corruptRow,
                "a series' coverage begins with \(bytes.first.map(String.init) ?? "nothing"), not with \(Self.version) "
                    + "or \(Self.versionWithBlocks)"
            )
        }
        do {
            return try Self.decode(&reader)
        } catch VarintReader.Defect.endsInTheMiddle {
            throw StoreError(.corruptRow, "a series' coverage ends in the middle")
        } catch VarintReader.Defect.numberTooLong {
            throw StoreError(.corruptRow, "a series' coverage holds a number of more than 64 bits")
        }
    }

    private static func decode(_ reader: inout VarintReader) throws -> Coverage {
        var final: [TimeRange] = []
        var previousEnd: Int64 = 0
        for index in 0..<(try reader.next()) {
            final.append(try reader.nextRange(after: &previousEnd, isFirst: index == 0))
        }
        var provisional: [Coverage.Provisional] = []
        previousEnd = 0
        for index in 0..<(try reader.next()) {
            let range = try reader.nextRange(after: &previousEnd, isFirst: index == 0)
            let fetchedAt = range.start.nanoseconds &+ (try reader.nextSigned())
            provisional.append(.init(range: range, fetchedAt: Timestamp(nanoseconds: fetchedAt)))
        }
        guard reader.bytes.isEmpty else {
            throw StoreError(.corruptRow, "a series' coverage has \(reader.bytes.count) bytes too many")
        }
        return Coverage(final: RangeSet(final), provisional: provisional)
    }

    /// The stretches, with those joined that touch and were fetched at the same time.
    static func joined(_ stretches: [Coverage.Provisional]) -> [Coverage.Provisional] {
        var result: [Coverage.Provisional] = []
        result.reserveCapacity(stretches.count)
        for stretch in stretches {
            if let last = result.last, last.range.end == stretch.range.start, last.fetchedAt == stretch.fetchedAt,
                let range = TimeRange(last.range.start, stretch.range.end)
            {
                result[result.count - 1] = .init(range: range, fetchedAt: last.fetchedAt)
            } else {
                result.append(stretch)
            }
        }
        return result
    }
}

extension VarintWriter {
    /// Wrapping arithmetic keeps the codec total: what the reader adds back wraps to the same value.
    fileprivate mutating func append(_ range: TimeRange, after previousEnd: inout Int64) {
        self.appendSigned(range.start.nanoseconds &- previousEnd)
        self.append(UInt64(bitPattern: range.end.nanoseconds &- range.start.nanoseconds))
        previousEnd = range.end.nanoseconds
    }
}

extension VarintReader {
    fileprivate mutating func nextRange(after previousEnd: inout Int64, isFirst: Bool) throws -> TimeRange {
        let start = previousEnd &+ (try self.nextSigned())
        let end = start &+ Int64(bitPattern: try self.next())
        guard isFirst || start >= previousEnd,
            let range = TimeRange(Timestamp(nanoseconds: start), Timestamp(nanoseconds: end))
        else {
            throw StoreError(.corruptRow, "a series' coverage holds ranges that are empty or out of order")
        }
        previousEnd = end
        return range
    }
}
