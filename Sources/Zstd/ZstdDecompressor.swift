import CZstd

/// A decompressor of zstd frames that is freed when it goes out of scope.
///
/// `@unchecked Sendable`: it is its context's only owner and cannot be copied, and zstd keeps no state outside of the
/// context.
package struct ZstdDecompressor: ~Copyable, @unchecked Sendable {
    /// The smallest window that can be set as a limit: what zstd calls the absolute minimum.
    private static let windowLogMin = 10
    /// The largest window that zstd accepts where a pointer takes 8 bytes.
    private static let windowLogMax = 31

    /// Where the decompressor stands after a call.
    package enum State {
        case betweenFrames
        /// A frame has begun and not ended: more input is needed.
        case insideFrame
        /// The output was full inside a frame: there may be more without further input.
        case holdsOutput
    }

    private let context: OpaquePointer

    /// Creates a decompressor that refuses frames with a window of more than `windowBytesMax`, rounded down to a power
    /// of two.
    package init(windowBytesMax: Int) throws(ZstdError) {
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory("no memory for a zstd decompressor") }
        self.context = context
        let log = Int.bitWidth - 1 - max(windowBytesMax, 1).leadingZeroBitCount
        let bounded = min(max(log, Self.windowLogMin), Self.windowLogMax)
        let code = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(bounded))
        precondition(ZSTD_isError(code) == 0, "The window is within zstd's bounds.")
    }

    deinit {
        ZSTD_freeDCtx(self.context)
    }

    /// Decompresses frames in a row, until the input is used up, the output is full or a frame ends.
    package mutating func decompress(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ZstdError) -> (consumed: Int, produced: Int, state: State) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(self.context, &target, &source)
        guard ZSTD_isError(result) == 0 else { throw .corrupt(ZstdError.name(of: result), consumed: source.pos) }
        let state: State = result == 0 ? .betweenFrames : target.pos == target.size ? .holdsOutput : .insideFrame
        return (source.pos, target.pos, state)
    }

    /// Decompresses input that is one whole frame into output of the size that the frame declares.
    ///
    /// Throws `corrupt` for anything else, bytes behind the frame included.
    package mutating func decompressFrame(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ZstdError) {
        let size = ZSTD_findFrameCompressedSize(input.baseAddress, input.count)
        guard ZSTD_isError(size) == 0 else { throw .corrupt(ZstdError.name(of: size), consumed: 0) }
        guard size == input.count else {
            throw .corrupt("\(input.count - size) bytes follow the frame", consumed: size)
        }
        let result = ZSTD_decompressDCtx(
            self.context,
            output.baseAddress,
            output.count,
            input.baseAddress,
            input.count
        )
        guard ZSTD_isError(result) == 0 else { throw .corrupt(ZstdError.name(of: result), consumed: 0) }
        guard result == output.count else {
            throw .corrupt("the frame holds \(result) bytes, not \(output.count)", consumed: input.count)
        }
    }

    /// The size that a frame says it has when it is decompressed; nil when it is no frame or does not say.
    package static func declaredSize(of frame: UnsafeRawBufferPointer) -> UInt64? {
        let size = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
        // ZSTD_CONTENTSIZE_ERROR and ZSTD_CONTENTSIZE_UNKNOWN, macros that are not imported.
        return size >= .max - 1 ? nil : size
    }
}
