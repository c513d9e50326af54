import MarketData
import TestSupport
import Testing

@testable import MarketStore

@Suite struct CoverageCodecTests {
    @Test func bytesAreTheOnesOfFormatOne() {
        let coverage = Coverage(
            final: RangeSet([Self.range(1_000, 1_300), Self.range(1_400, 1_401)]),
            provisional: [.init(range: Self.range(1_401, 1_500), fetchedAt: Timestamp(nanoseconds: 1_400))]
        )

        let bytes = CoverageCodec.encode(coverage, hasBlocks: false)

        #expect(bytes == [1, 2, 0xD0, 0x0F, 0xAC, 0x02, 0xC8, 0x01, 1, 1, 0xF2, 0x15, 99, 1])
    }

    @Test func nothingTakesThreeBytes() throws {
        #expect(CoverageCodec.encode(Coverage(), hasBlocks: false) == [1, 0, 0])
        #expect(try CoverageCodec.decode([1, 0, 0]) == Coverage())
    }

    @Test func coverageOfASeriesWithBlocksIsRefusedByProgramsThatDoNotKnowThem() throws {
        let bytes = CoverageCodec.encode(Coverage(), hasBlocks: true)

        #expect(bytes == [2, 0, 0], "which they know by the 1 in front")
        #expect(try CoverageCodec.decode(bytes) == Coverage())
    }

    @Test func anyCoverageComesBackAndEqualOnesHaveEqualBytes() throws {
        var random = SeededRandom()
        for _ in 0..<2_000 {
            let coverage = Self.randomCoverage(&random)

            let bytes = CoverageCodec.encode(coverage, hasBlocks: false)
            let decoded = try CoverageCodec.decode(bytes)

            #expect(decoded == coverage, "\(random)")
            #expect(CoverageCodec.encode(decoded, hasBlocks: false) == bytes, "\(random)")
        }
    }

    @Test func timesAtTheEndsOfInt64ComeBack() throws {
        let coverage = Coverage(
            final: RangeSet([Self.range(.min, .min + 1), Self.range(.max - 1, .max)]),
            provisional: [.init(range: Self.range(-5, 5), fetchedAt: Timestamp(nanoseconds: .max))]
        )

        #expect(try CoverageCodec.decode(CoverageCodec.encode(coverage, hasBlocks: false)) == coverage)
    }

    @Test func bytesThatEndAnywhereTooEarlyAreRefused() {
        var random = SeededRandom()
        let bytes = CoverageCodec.encode(Self.randomCoverage(&random), hasBlocks: false)
        for length in 0..<bytes.count {
            #expect(throws: StoreError.self, "\(random) \(length)") {
                try CoverageCodec.decode(Array(bytes.prefix(length)))
            }
        }
    }

    @Test(
        arguments: [
            [3, 0, 0],  // another version
            [1, 0, 0, 0],  // a byte too many
            [1, 1, 2, 0, 0],  // an empty range
            [1, 2, 2, 5, 1, 5, 0],  // a range that begins before the end of the one before
            [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],  // a number of 65 bits
            [1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],  // more ranges than bytes
        ] as [[UInt8]]
    ) func unsoundBytesAreRefused(_ bytes: [UInt8]) {
        let error = #expect(throws: StoreError.self) { try CoverageCodec.decode(bytes) }
        #expect(error?.code == .corruptRow)
    }

    @Test func damagedBytesAreRefusedOrGiveASoundCoverage() {
        var random = SeededRandom()
        for _ in 0..<2_000 {
            var bytes = CoverageCodec.encode(Self.randomCoverage(&random), hasBlocks: false)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            guard let coverage = try? CoverageCodec.decode(bytes) else { continue }

            let starts = coverage.final.ranges.map(\.start)
            #expect(starts == starts.sorted(), "\(random)")
        }
    }

    private static func range(_ start: Int64, _ end: Int64) -> TimeRange {
        guard let range = TimeRange(Timestamp(nanoseconds: start), Timestamp(nanoseconds: end)) else {
            preconditionFailure("\(start) ..< \(end) is empty")
        }
        return range
    }

    private static func randomCoverage(_ random: inout SeededRandom) -> Coverage {
        var coverage = Coverage()
        let base = time("2026-01-05T00:00:00Z").nanoseconds
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let start = base + Int64.random(in: 0...1_000_000_000_000, using: &random)
            let stretch = Self.range(start, start + Int64.random(in: 1...100_000_000_000, using: &random))
            if Bool.random(using: &random) {
                coverage.insertFinal(stretch)
            } else {
                let fetchedAt = base + Int64.random(in: 0...3, using: &random) * 1_000_000
                coverage.insertProvisional(stretch, fetchedAt: Timestamp(nanoseconds: fetchedAt))
            }
        }
        return coverage.canonical
    }
}
