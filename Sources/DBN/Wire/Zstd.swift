import CZstd

/// A decompressor of zstd frames, any number of them in a row, that is freed when it goes out of scope.
///
/// `@unchecked Sendable`: it is its context's only owner and cannot be copied, and zstd keeps no state outside of the
/// context.
struct ZstdDecompressor: ~Copyable, @unchecked Sendable {
    /// The smallest window that can be set as a limit: what zstd calls the absolute minimum.
    private static let windowLogMin = 10
    /// The largest window that zstd accepts where a pointer takes 8 bytes.
    private static let windowLogMax = 31

    /// Where the decompressor stands after a call.
    enum State {
        case betweenFrames
        /// A frame has begun and not ended: more input is needed.
        case insideFrame
        /// The output was full inside a frame: there may be more without further input.
        case holdsOutput
    }

    private let context: OpaquePointer

    /// Creates a decompressor that refuses frames with a window of more than `windowBytesMax`, rounded down to a power
    /// of two.
    init(windowBytesMax: Int) throws(DBNError) {
        guard let context = ZSTD_createDCtx() else {
            throw DBNError(.outOfMemory, "no memory for a zstd decompressor", at: 0)
        }
        self.context = context
        let log = Int.bitWidth - 1 - max(windowBytesMax, 1).leadingZeroBitCount
        let bounded = min(max(log, Self.windowLogMin), Self.windowLogMax)
        let code = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(bounded))
        precondition(ZSTD_isError(code) == 0, "The window is within zstd's bounds.")
    }

    deinit {
        ZSTD_freeDCtx(self.context)
    }

    /// Decompresses until the input is used up, the output is full or a frame ends.
    ///
    /// `offset` is how many bytes of input came before, for errors.
    mutating func decompress(
        _ input: UnsafeRawBufferPointer,
        at offset: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DBNError) -> (consumed: Int, produced: Int, state: State) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(self.context, &target, &source)
        guard ZSTD_isError(result) == 0 else {
            let name = String(cString: ZSTD_getErrorName(result))
            throw DBNError(.corruptCompression, "zstd: \(name)", at: offset + source.pos)
        }
        let state: State = result == 0 ? .betweenFrames : target.pos == target.size ? .holdsOutput : .insideFrame
        return (source.pos, target.pos, state)
    }
}

/// A compressor of whole zstd frames, with checksums and declared sizes, that is freed when it goes out of scope.
///
/// `@unchecked Sendable`: it is its context's only owner and cannot be copied, and zstd keeps no state outside of the
/// context.
struct ZstdCompressor: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// Creates a compressor; levels outside of zstd's range are moved to its ends.
    init(level: Int) throws(DBNError) {
        guard let context = ZSTD_createCCtx() else {
            throw DBNError(.outOfMemory, "no memory for a zstd compressor", at: 0)
        }
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

    /// Appends one frame with all of `input` to `output`.
    mutating func compressFrame(_ input: UnsafeRawBufferPointer, into output: inout ByteQueue) throws(DBNError) {
        let target = output.writable(atLeast: ZSTD_compressBound(input.count))
        let result = ZSTD_compress2(self.context, target.baseAddress, target.count, input.baseAddress, input.count)
        // The output always suffices, so memory is the one thing that can be missing.
        guard ZSTD_isError(result) == 0 else {
            throw DBNError(.outOfMemory, "zstd: \(String(cString: ZSTD_getErrorName(result)))", at: 0)
        }
        output.commit(result)
    }
}
