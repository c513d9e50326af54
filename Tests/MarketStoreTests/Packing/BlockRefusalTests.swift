import MarketData
import TestSupport
import Testing

@testable import MarketStore

/// Blocks with a valid frame that hold what the encoder never writes, or are read in another's place.
@Suite struct BlockRefusalTests {
    private static let sample = BlockSample(opens: [4_512.25, 4_512.5, 4_512.25])

    @Test func theHandmadeBlockIsReadAsTheSample() throws {
        var decoder = try BlockDecoder()
        let content = try Self.sample.read(try HandmadeBlock(Self.sample).bytes, with: &decoder)

        #expect(content.isIdentical(to: Self.sample.content))
    }

    @Test(arguments: Unwritten.all) func whatTheEncoderNeverWritesIsRefused(_ unwritten: Unwritten) throws {
        var handmade = HandmadeBlock(Self.sample)
        unwritten.change(&handmade)
        let block = try handmade.bytes
        var decoder = try BlockDecoder()

        let defect = #expect(throws: BlockDecoder.Defect.self) { try Self.sample.read(block, with: &decoder) }
        let reason = defect?.description ?? ""
        #expect(reason.contains(unwritten.reason), "\(unwritten.what): \(reason)")
        #expect(throws: BlockDecoder.Defect.self) { try Self.sample.bars(block, with: &decoder) }
    }

    @Test func numbersThatAreTooLongAreRefused() throws {
        var decoder = try BlockDecoder()
        for length in 9...12 {
            let block = try HandmadeBlock.block(of: [UInt8](repeating: 0xFF, count: length) + [0x7F])
            #expect(throws: BlockDecoder.Defect.self) { try Self.sample.read(block, with: &decoder) }
        }
    }

    @Test func aBlockInAnothersPlaceIsRefused() throws {
        let block = try Self.sample.block()
        var decoder = try BlockDecoder()
        var otherSymbol = Self.sample
        otherSymbol.series = Series(unchecked: "ESH7", provider: .simulated, timeframe: .oneMinute)
        var otherTimeframe = Self.sample
        otherTimeframe.series = Series(unchecked: "ESZ6", provider: .simulated, timeframe: .oneHour)
        var nextDay = Self.sample
        nextDay.stretch = try #require(TimeRange(BlockSample.day.end, time("2026-01-07T00:00:00Z")))
        var tooShort = Self.sample
        tooShort.stretch = try #require(TimeRange(BlockSample.day.start, Self.sample.content.bars[2].timestamp))

        for (sample, reason) in [
            (otherSymbol, "it is of simulated ESZ6 1m, not of simulated ESH7 1m"),
            (otherTimeframe, "it is of simulated ESZ6 1m, not of simulated ESZ6 1h"),
            (nextDay, "its bars from 2026-01-05T00:00:00Z to 2026-01-05T00:02:00Z lie outside of 2026-01-06"),
            (tooShort, "its bars from 2026-01-05T00:00:00Z to 2026-01-05T00:02:00Z lie outside of 2026-01-05"),
        ] {
            let defect = #expect(throws: BlockDecoder.Defect.self) { try sample.read(block, with: &decoder) }
            #expect(defect?.description.contains(reason) == true, "\(String(describing: defect))")
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, 2, 4, BlockLayout.barCountMax + 1, .max / 64, .max / 8, .max])
    func anotherCountIsRefusedWhateverItIs(_ count: Int) throws {
        let block = try Self.sample.block()
        var decoder = try BlockDecoder()

        #expect(throws: BlockDecoder.Defect.self) {
            try decoder.content(block, of: Self.sample.series, in: Self.sample.stretch, barCount: count)
        }
    }

    @Test func aBlockThatSaysItHasMoreBarsThanAnyIsRefusedWithoutRoomForThem() throws {
        // All columns empty: a few bytes that stand for any number of bars.
        var handmade = HandmadeBlock(Self.sample)
        (handmade.barCount, handmade.widths, handmade.planes) = (1 << 40, [UInt8](repeating: 0, count: 8), [])
        let block = try handmade.bytes
        var decoder = try BlockDecoder()

        let defect = #expect(throws: BlockDecoder.Defect.self) {
            try decoder.content(block, of: Self.sample.series, in: Self.sample.stretch, barCount: 1 << 40)
        }
        #expect(defect?.description == "it is to have 1099511627776 bars, not 1 to 131072")
    }

    @Test func aFrameThatDeclaresAHugeSizeIsRefusedWithoutRoomForIt() throws {
        // A frame of one empty raw block, with a declared size of 8 bytes.
        for size in [1 << 20, 1 << 40, UInt64.max - 2, .max - 1, .max] {
            let declared = withUnsafeBytes(of: size.littleEndian) { Array($0) }
            let block = [1, 0x28, 0xB5, 0x2F, 0xFD, 0xE0] + declared + [1, 0, 0]
            var decoder = try BlockDecoder()

            let defect = #expect(throws: BlockDecoder.Defect.self) { try Self.sample.read(block, with: &decoder) }
            #expect(defect?.description.contains("declare") == true, "\(String(describing: defect))")
        }
    }

    @Test func framesThatHoldNothingOrDoNotSayHowMuchAreRefused() throws {
        let skippable: [UInt8] = [1, 0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
        let withoutSize: [UInt8] = [1, 0x28, 0xB5, 0x2F, 0xFD, 0, 0x58, 1, 0, 0]
        var decoder = try BlockDecoder()
        for block in [skippable, withoutSize, [1], [], try HandmadeBlock.block(of: [])] {
            #expect(throws: BlockDecoder.Defect.self) { try Self.sample.read(block, with: &decoder) }
        }
    }

    @Test func anyNumbersInAValidFrameAreRefusedOrReadAsBarsInOrder() throws {
        var random = SeededRandom()
        var decoder = try BlockDecoder()
        var readCount = 0
        for _ in 0..<4_000 {
            let handmade = Self.hostile(&random)
            let block = try handmade.bytes
            guard let content = try? Self.sample.read(block, with: &decoder) else { continue }
            readCount += 1
            let times = content.bars.map(\.timestamp)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(random)")
            #expect(times.allSatisfy { Self.sample.stretch.contains($0) }, "\(random)")
        }
        #expect(readCount > 100, "\(random)")
    }

    private static func hostile(_ random: inout SeededRandom) -> HandmadeBlock {
        var handmade = HandmadeBlock(Self.sample)
        let isOrdered = Bool.random(using: &random)
        handmade.priceScale = [0, 9, 255].randomElement(using: &random) ?? 0
        handmade.volumeScale = [0, 9, 255].randomElement(using: &random) ?? 0
        handmade.priceBase = [.min, .max, 451_225].randomElement(using: &random) ?? 0
        handmade.volumeBase = [.min, .max, 0].randomElement(using: &random) ?? 0
        handmade.priceTick = [0, 1, 1 << 63, .max].randomElement(using: &random) ?? 0
        handmade.volumeTick = [0, 1, 1 << 63, .max].randomElement(using: &random) ?? 0
        handmade.revisionBase = [.min, .max, 0].randomElement(using: &random) ?? 0
        handmade.fetchedAt = [.min, .max, 0].randomElement(using: &random) ?? 0
        handmade.widths = (0..<8).map { _ in .random(in: 0...8, using: &random) }
        if isOrdered {
            handmade.widths[0] = 0
        } else {
            handmade.timeUnit = .random(in: .min ... .max, using: &random)
        }
        let planes = handmade.widths.reduce(0) { $0 + Int($1) } * 3
        handmade.planes = (0..<planes).map { _ in .random(in: .min ... .max, using: &random) }
        return handmade
    }
}
