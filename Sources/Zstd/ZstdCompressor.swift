import CZstd

/// A compressor of whole zstd frames, with checksums and declared sizes, that is freed when it goes out of scope.
///
/// `@unchecked Sendable`: it is its context's only owner and cannot be copied, and zstd keeps no state outside of the
/// context.
package struct ZstdCompressor: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// Creates a compressor; levels outside of zstd's range are moved to its ends.
    package init(level: Int) throws(ZstdError) {
        guard let context = ZSTD_createCCtx() else { throw .outOfMemory("no memory for a zstd compressor") }
        self.context = context
        let bounded = min(max(level, Int(ZSTD_minCLevel())), Int(ZSTD_maxCLevel()))
        let codes = [
            ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(bounded)),
            ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1),
        ]
        precondition(codes.allSatisfy { ZSTD_isError($0) == 0 }, "The parameters are within zstd's bounds.")
    }

    deinit {
        ZSTD_freeCCtx(self.context)
    }

    /// The most bytes that a frame of so much input takes.
    package static func frameBytesMax(ofInput byteCount: Int) -> Int { ZSTD_compressBound(byteCount) }

    /// Writes one frame with all of `input` to the start of `output` and returns its length.
    ///
    /// `output` has room for `frameBytesMax(ofInput:)`, so memory is the one thing that can be missing.
    package mutating func compressFrame(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ZstdError) -> Int {
        precondition(output.count >= Self.frameBytesMax(ofInput: input.count), "The output is too small.")
        let result = ZSTD_compress2(self.context, output.baseAddress, output.count, input.baseAddress, input.count)
        guard ZSTD_isError(result) == 0 else { throw .outOfMemory("zstd: \(ZstdError.name(of: result))") }
        return result
    }
}
