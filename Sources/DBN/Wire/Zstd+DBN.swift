internal import Zstd

extension ZstdDecompressor {
    /// Decompresses as the method without `at` does; `offset` is how many bytes of input came before, for errors.
    mutating func decompress(
        _ input: UnsafeRawBufferPointer,
        at offset: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DBNError) -> (consumed: Int, produced: Int, state: State) {
        do {
            return try self.decompress(input, into: output)
        } catch {
            throw DBNError(error, at: offset)
        }
    }
}

extension ZstdCompressor {
    /// Appends one frame with all of `input` to `output`.
    mutating func compressFrame(_ input: UnsafeRawBufferPointer, into output: inout ByteQueue) throws(DBNError) {
        let target = output.writable(atLeast: Self.frameBytesMax(ofInput: input.count))
        do {
            output.commit(try self.compressFrame(input, into: target))
        } catch {
            throw DBNError(error, at: 0)
        }
    }
}

extension DBNError {
    /// `offset` is how many bytes of compressed input came before the call that failed.
    init(_ error: ZstdError, at offset: Int) {
        switch error {
        case .corrupt(_, let consumed): self.init(.corruptCompression, error.description, at: offset + consumed)
        case .outOfMemory(let reason): self.init(.outOfMemory, reason, at: 0)
        }
    }
}
