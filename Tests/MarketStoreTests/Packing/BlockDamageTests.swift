import MarketData
import TestSupport
import Testing

@testable import MarketStore

/// A block that is not what was written for its place is refused with a reason.
@Suite struct BlockDamageTests {
    @Test(arguments: [1, 2, 12]) func everyChangeOfAByteIsNoticedOrWithoutEffect(_ count: Int) throws {
        var random = SeededRandom()
        let sample = Self.sample(count, &random)
        let block = try sample.block()
        var decoder = try BlockDecoder()
        var refused = 0
        for place in block.indices {
            for value in UInt8.min ... .max where value != block[place] {
                var bytes = block
                bytes[place] = value
                refused += Self.isRefused(bytes, sample, &decoder, "\(random) byte \(place) is \(value)") ? 1 : 0
            }
        }
        // Some bits of a frame's head mean nothing.
        #expect(refused > block.count * 250, "\(random)")
    }

    @Test func everyChangeOfABitOfAnyBlockIsNoticedOrWithoutEffect() throws {
        var random = SeededRandom()
        var decoder = try BlockDecoder()
        for _ in 0..<12 {
            let sample = BlockSample(&random, countMax: 60)
            let block = try sample.block()
            for place in block.indices {
                var bytes = block
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                _ = Self.isRefused(bytes, sample, &decoder, "\(random) byte \(place)")
            }
        }
    }

    @Test func everyBlockThatEndsTooEarlyOrTooLateIsRefused() throws {
        var random = SeededRandom()
        var decoder = try BlockDecoder()
        for count in [1, 12, 90] {
            let sample = Self.sample(count, &random)
            let block = try sample.block()
            for length in block.indices {
                #expect(Self.isRefused(Array(block[..<length]), sample, &decoder, "\(random)"), "\(random) \(length)")
            }
            for tail in [[0], [1], [0xFF], Array(block.dropFirst()), block] {
                #expect(Self.isRefused(block + tail, sample, &decoder, "\(random)"), "\(random) \(tail.count) more")
            }
        }
    }

    @Test func blocksOfPiecesOfOthersAreRefused() throws {
        var random = SeededRandom()
        var decoder = try BlockDecoder()
        for _ in 0..<300 {
            let (left, right) = (Self.sample(20, &random), Self.sample(20, &random))
            let (start, end) = (try left.block(), try right.block())
            let cut = Int.random(in: 0...min(start.count, end.count), using: &random)
            _ = Self.isRefused(Array(start[..<cut] + end[cut...]), left, &decoder, "\(random)", or: right)
        }
    }

    @Test func randomBytesAreRefused() throws {
        var random = SeededRandom()
        let sample = Self.sample(5, &random)
        var decoder = try BlockDecoder()
        for length in 0..<400 {
            let bytes = (0..<length).map { $0 == 0 ? 1 : UInt8.random(in: .min ... .max, using: &random) }
            #expect(Self.isRefused(bytes, sample, &decoder, "\(random)"), "\(random) \(length)")
        }
    }

    @Test func aDecoderIsUsableAfterARefusal() throws {
        var random = SeededRandom()
        var decoder = try BlockDecoder()
        for _ in 0..<100 {
            let sample = BlockSample(&random)
            let block = try sample.block()
            var damaged = block
            damaged[.random(in: damaged.indices, using: &random)] ^= 0x40
            _ = try? sample.read(damaged, with: &decoder)

            #expect(try sample.read(block, with: &decoder).isIdentical(to: sample.content), "\(random)")
        }
    }

    /// Whether a block is refused; if not, it must be read as one of the samples.
    private static func isRefused(
        _ bytes: [UInt8],
        _ sample: BlockSample,
        _ decoder: inout BlockDecoder,
        _ comment: String,
        or other: BlockSample? = nil
    ) -> Bool {
        do {
            let content = try sample.read(bytes, with: &decoder)
            let isOther = other.map { content.isIdentical(to: $0.content) } ?? false
            #expect(isOther || content.isIdentical(to: sample.content), "\(comment)")
            return false
        } catch let defect as BlockDecoder.Defect {
            #expect(!defect.description.isEmpty, "\(comment)")
            return true
        } catch {
            Issue.record("\(comment): \(error) is no defect")
            return true
        }
    }

    private static func sample(_ count: Int, _ random: inout SeededRandom) -> BlockSample {
        var sample = BlockSample(opens: (0..<count).map { _ in Double(Int.random(in: 0...40, using: &random)) / 4 })
        for index in sample.content.bars.indices {
            sample.content.bars[index].volume = Double(Int.random(in: 0...70_000, using: &random))
            sample.content.bars[index].high += 0.25
        }
        return sample
    }
}
