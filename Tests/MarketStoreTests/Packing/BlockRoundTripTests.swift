import MarketData
import TestSupport
import Testing

@testable import MarketStore

/// What is packed comes back bit for bit.
@Suite struct BlockRoundTripTests {
    @Test func anyBarsComeBackBitForBit() throws {
        var random = SeededRandom()
        var encoder = try BlockEncoder()
        var decoder = try BlockDecoder()
        for round in 0..<1_500 {
            let sample = BlockSample(&random)

            let block = try encoder.encode(sample.content, of: sample.series)

            let content = try sample.read(block, with: &decoder)
            #expect(content.isIdentical(to: sample.content), "\(random) round \(round)")
            let bars = try sample.bars(block, with: &decoder)
            #expect(bars.isIdentical(to: sample.content.bars), "\(random) round \(round)")
            let again = try encoder.encode(content, of: sample.series)
            #expect(again == block, "\(random) round \(round): equal bars have equal blocks")
        }
    }

    private static let numbers: [Double] = [
        0, -0.0, 1, -1, 0.1, 0.3, 0.333_333_333_333_333_3, 0.300_000_000_000_000_04, 4_512.25, -37.63, 108.015625,
        1e-9, 1e-10, 0.000_000_123, 9_007_199_254_740_991, 9_007_199_254_740_992, -9_007_199_254_740_992,
        9_007_199_254_740_994, 0x1p63, -0x1p63, 0x1p64, 9_007_199.254_740_993, 1e22, 1e300, .greatestFiniteMagnitude,
        .leastNormalMagnitude, .leastNonzeroMagnitude, .infinity, -.infinity, .nan, .signalingNaN,
        Double(nan: 0x1234, signaling: false),
    ]

    @Test(arguments: Self.numbers) func eachNumberComesBackAloneAndAmongOthers(_ number: Double) throws {
        let samples = [
            BlockSample(opens: [number]), BlockSample(opens: [number, 4_512.25, number, 0.25]),
            BlockSample(opens: [4_512.25, number, -0.0, 0]), BlockSample(opens: [1, 2], volume: number),
        ]
        var decoder = try BlockDecoder()
        for sample in samples {
            let content = try sample.read(try sample.block(), with: &decoder)

            #expect(content.isIdentical(to: sample.content))
        }
    }

    @Test func oneBarWithoutMovementComesBackAfterABlockWithMany() throws {
        var random = SeededRandom()
        var decoder = try BlockDecoder()
        let many = BlockSample(&random)
        let one = BlockSample(opens: [0], volume: 0)

        _ = try many.read(try many.block(), with: &decoder)
        let content = try one.read(try one.block(), with: &decoder)

        #expect(content.isIdentical(to: one.content), "\(random)")
    }

    @Test(arguments: [3_600, 10_080, BlockLayout.barCountMax]) func aFullStretchComesBack(_ count: Int) throws {
        var random = SeededRandom()
        var price = 4_512.25
        let opens = (0..<count).map { _ in
            price += 0.25 * Double(Int.random(in: -4...4, using: &random))
            return price
        }
        let sample = BlockSample(opens: opens)
        var decoder = try BlockDecoder()

        let block = try sample.block()

        #expect(try sample.read(block, with: &decoder).isIdentical(to: sample.content), "\(random)")
        #expect(block.count < count * 2, "\(random)")
    }

    @Test func theMarkOfFinalBarsIsNotKept() throws {
        var sample = BlockSample(opens: [1, 2, 3])
        for index in sample.content.bars.indices { sample.content.bars[index].isFinal = true }
        var decoder = try BlockDecoder()

        let content = try sample.read(try sample.block(), with: &decoder)

        #expect(content.bars.allSatisfy { !$0.isFinal })
    }

    @Test func barsAtBothEndsOfTheirStretchComeBack() throws {
        let last = Timestamp(nanoseconds: BlockSample.day.end.nanoseconds - 1)
        var content = FetchedBars()
        for time in [BlockSample.day.start, last] {
            content.append(
                Bar(timestamp: time, open: 1, high: 2, low: 0.5, close: 1.5, volume: 3, isFinal: false),
                fetchedAt: time
            )
        }
        let sample = BlockSample(content, in: BlockSample.day)
        var decoder = try BlockDecoder()

        #expect(try sample.read(try sample.block(), with: &decoder).isIdentical(to: content))
    }

    @Test func theLayoutIsThatOfVersionOne() throws {
        let sample = BlockSample(opens: [4_512.25, 4_512.5, 4_512.25])

        let block = try sample.block()

        // zstd's own versions may compress otherwise, so what stands in the frame is compared.
        #expect(block.first == 1)
        let plain = try HandmadeBlock.plain(of: block)
        #expect(plain == HandmadeBlock(sample).plain)
    }
}
