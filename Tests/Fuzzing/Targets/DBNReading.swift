import Zstd

@testable import DBN

/// The DBN reader: what it answers depends neither on how the input is cut into pieces nor on whether it is compressed.
enum DBNReading {
    static let run: @Sendable ([UInt8]) -> Void = { input in
        let bytes = ShortStream.expanded(input)
        guard !bytes.isEmpty else { return }
        let whole = DecodedStream(bytes, pieceBytes: bytes.count)
        // Any size will do that the input itself decides, so that a finding can be repeated.
        let pieceBytes = 1 + bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % 97
        let pieces = DecodedStream(bytes, pieceBytes: pieceBytes)
        if [whole.error?.code, pieces.error?.code].contains(.corruptCompression) {
            // How much of a damaged frame comes out before zstd notices, and so which error is first, depends on how it
            // is fed.
            promise(whole.error != nil && pieces.error != nil, "damage is noticed:\n\(whole)\n\(pieces)")
        } else {
            promise(whole == pieces, "pieces of \(pieceBytes) bytes answer the same:\n\(whole)\n\(pieces)")
        }
        guard bytes.starts(with: "DBN".utf8), !whole.isCut else { return }
        let compressed = DecodedStream(Self.compressed(bytes), pieceBytes: pieceBytes)
        promise(compressed == whole, "compressed it answers the same:\n\(whole)\n\(compressed)")
    }

    /// Two zstd frames, cut where the input decides.
    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        let cut = Int(bytes[bytes.count - 1]) * bytes.count / 256
        var output = ByteQueue()
        do {
            var compressor = try ZstdCompressor(level: 1)
            for part in [bytes[..<cut], bytes[cut...]] {
                let result: Result<Void, DBNError> = part.withUnsafeBytes { buffer in
                    do throws(DBNError) {
                        return .success(try compressor.compressFrame(buffer, into: &output))
                    } catch {
                        return .failure(error)
                    }
                }
                try result.get()
            }
        } catch {
            promise(false, "zstd compresses anything: \(error)")
        }
        return Array(output.readable)
    }
}
