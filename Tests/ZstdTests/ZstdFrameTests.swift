import Testing
import Zstd

/// Whole frames: what is compressed is decompressed again, and nothing else is taken for a frame.
@Suite struct ZstdFrameTests {
    private static let text = Array("the quick brown fox jumps over the lazy dog, over and over and over again".utf8)

    @Test(arguments: [Int.min, -7, 0, 1, 3, 19, 22, .max]) func eachLevelGivesTheInputBack(_ level: Int) throws {
        for input in [[], [7], Self.text, [UInt8](repeating: 9, count: 300_000)] {
            let frame = try Self.frame(of: input, level: level)

            #expect(Self.declaredSize(of: frame) == UInt64(input.count))
            #expect(try Self.decompressed(frame, byteCount: input.count) == input)
        }
    }

    @Test func outputOfAnotherSizeThanDeclaredIsRefused() throws {
        let frame = try Self.frame(of: Self.text)
        for byteCount in [0, Self.text.count - 1, Self.text.count + 1, 2 * Self.text.count] {
            #expect(throws: ZstdError.self) { try Self.decompressed(frame, byteCount: byteCount) }
        }
    }

    @Test func whatFollowsAFrameIsRefused() throws {
        let frame = try Self.frame(of: Self.text)

        let error = #expect(throws: ZstdError.self) {
            try Self.decompressed(frame + [0, 0, 0], byteCount: Self.text.count)
        }

        #expect(error == .corrupt("3 bytes follow the frame", consumed: frame.count))
        #expect(throws: ZstdError.self) { try Self.decompressed(frame + frame, byteCount: 2 * Self.text.count) }
    }

    @Test func aFrameThatEndsTooEarlyIsRefused() throws {
        let frame = try Self.frame(of: Self.text)
        for length in frame.indices {
            #expect(throws: ZstdError.self, "\(length)") {
                try Self.decompressed(Array(frame[..<length]), byteCount: Self.text.count)
            }
        }
    }

    @Test func aChangedByteOfTheContentIsNoticedByTheChecksum() throws {
        // What cannot be compressed stands in the frame as it is.
        let input: [UInt8] = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) }
        let frame = try Self.frame(of: input)
        let start = try #require(frame.indices.first { frame[$0...].starts(with: input) })
        for place in start..<(start + input.count) {
            var damaged = frame
            damaged[place] ^= 1
            let error = #expect(throws: ZstdError.self) { try Self.decompressed(damaged, byteCount: input.count) }
            #expect(error?.description.contains("checksum") == true, "\(String(describing: error))")
        }
    }

    @Test func aDecompressorIsUsableAfterARefusal() throws {
        let frame = try Self.frame(of: Self.text)
        var decompressor = try ZstdDecompressor(windowBytesMax: 1 << 20)
        var output = [UInt8](repeating: 0, count: Self.text.count)
        for length in [3, frame.count - 1, frame.count] {
            let result = Result {
                try frame[..<length].withUnsafeBytes { input in
                    try output.withUnsafeMutableBytes { try decompressor.decompressFrame(input, into: $0) }
                }
            }
            #expect((try? result.get()) != nil || length < frame.count)
        }
        #expect(output == Self.text)
    }

    @Test(
        arguments: [
            [], [0x28], [0x28, 0xB5, 0x2F, 0xFD], [1, 2, 3, 4, 5, 6, 7, 8],
            // A frame that does not say how much it holds.
            [0x28, 0xB5, 0x2F, 0xFD, 0, 0x58, 1, 0, 0],
        ] as [[UInt8]]
    ) func whatDeclaresNoSizeHasNone(_ bytes: [UInt8]) {
        #expect(Self.declaredSize(of: bytes) == nil)
    }

    @Test func aSizeBeyondAllMemoryIsOnlyReported() {
        let size: UInt64 = 1 << 60
        let bytes = [0x28, 0xB5, 0x2F, 0xFD, 0xE0] + withUnsafeBytes(of: size.littleEndian) { Array($0) } + [1, 0, 0]

        #expect(Self.declaredSize(of: bytes) == size)
        #expect(throws: ZstdError.self) { try Self.decompressed(bytes, byteCount: 100) }
    }

    private static func frame(of input: [UInt8], level: Int = 3) throws -> [UInt8] {
        var compressor = try ZstdCompressor(level: level)
        var frame = [UInt8](repeating: 0, count: ZstdCompressor.frameBytesMax(ofInput: input.count))
        let length = try input.withUnsafeBytes { input in
            try frame.withUnsafeMutableBytes { try compressor.compressFrame(input, into: $0) }
        }
        return Array(frame[..<length])
    }

    private static func decompressed(_ frame: [UInt8], byteCount: Int) throws -> [UInt8] {
        var decompressor = try ZstdDecompressor(windowBytesMax: 1 << 20)
        var output = [UInt8](repeating: 0, count: byteCount)
        try frame.withUnsafeBytes { input in
            try output.withUnsafeMutableBytes { try decompressor.decompressFrame(input, into: $0) }
        }
        return output
    }

    private static func declaredSize(of bytes: [UInt8]) -> UInt64? {
        bytes.withUnsafeBytes { ZstdDecompressor.declaredSize(of: $0) }
    }
}
