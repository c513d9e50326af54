internal import Zstd

/// Reads a DBN stream, versions 1 to 3, raw or as any number of zstd frames, from pieces of any size.
///
/// Feed it with `append(_:)`, take records with `next()` until it answers nil, and call `finish()` at the end of the
/// input. It holds the metadata, one piece of input and a fixed amount of decompressed bytes, never the whole stream.
/// After an error every call throws that error again.
///
/// A raw stream that is cut between two records looks complete: only the transport can tell.
public struct DBNDecoder: ~Copyable, Sendable {
    private enum Source { case undetected, raw, zstd }

    /// What zstd decompresses in one go.
    private static let decompressionBytes = 256 << 10

    private let limits: Limits
    private var source = Source.undetected
    private var compressed = ByteQueue()
    private var plain = ByteQueue()
    private var zstd: ZstdDecompressor?
    private var zstdState = ZstdDecompressor.State.betweenFrames
    private var compressedByteCount = 0
    private var version: UInt8 = 0
    private var hasSendTime = false
    private var failure: DBNError?

    /// What the stream says about itself, once it has been read.
    public private(set) var metadata: DBNMetadata?
    /// The number of bytes of metadata and records that have been read, uncompressed.
    public private(set) var uncompressedByteCount = 0
    /// The number of records that were answered as `DBNRecord.other`.
    public private(set) var skippedRecordCount = 0
    /// When the record that `next()` answered last was sent, in nanoseconds; nil unless `DBNMetadata.tsOut`.
    public private(set) var tsOut: UInt64?

    /// Creates a decoder for one stream.
    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Adds the next bytes of the input.
    ///
    /// They are copied.
    ///
    /// Throws `notDBN`, `legacyDBZ`, or `limitExceeded` when too many bytes wait for calls of `next()`.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(DBNError) {
        if let failure = self.failure { throw failure }
        do throws(DBNError) {
            try self.add(bytes)
        } catch {
            self.failure = error
            throw error
        }
    }

    /// The next record, or nil when more input is needed.
    public mutating func next() throws(DBNError) -> DBNRecord? {
        if let failure = self.failure { throw failure }
        do throws(DBNError) {
            if self.version == 0 {
                guard try self.readMetadata() else { return nil }
            }
            return try self.readRecord()
        } catch {
            self.failure = error
            throw error
        }
    }

    /// Ends the input; to be called after `next()` has answered nil.
    ///
    /// Throws `truncated` when the metadata, a record or a zstd frame is incomplete, also when nothing came at all.
    public mutating func finish() throws(DBNError) {
        if let failure = self.failure { throw failure }
        do throws(DBNError) {
            try self.checkEnd()
        } catch {
            self.failure = error
            throw error
        }
    }
}

extension DBNDecoder {
    /// The memory of the buffers, zstd's window aside.
    var heldByteCount: Int { self.plain.capacity + self.compressed.capacity }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) throws(DBNError) {
        let waiting = self.plain.count + self.compressed.count
        let allowed = self.limits.bufferedBytesMax + (self.version == 0 ? self.limits.metadataBytesMax : 0)
        guard bytes.count <= allowed - waiting else {
            let message = "\(waiting) bytes wait to be read and \(bytes.count) are added; at most \(allowed) may wait"
            throw DBNError(.limitExceeded, message, at: self.uncompressedByteCount)
        }
        guard self.source != .raw else { return self.plain.append(bytes) }
        self.compressed.append(bytes)
        guard self.source == .undetected, let prelude = StreamPrelude(self.compressed.readable) else { return }
        switch prelude {
        case .raw:
            self.source = .raw
            swap(&self.plain, &self.compressed)
        case .zstd:
            self.source = .zstd
            do {
                self.zstd = try ZstdDecompressor(windowBytesMax: self.limits.zstdWindowBytesMax)
            } catch {
                throw DBNError(error, at: 0)
            }
        case .legacyDBZ:
            let message = "this is the old format DBZ, which is not read; convert it with the vendor's dbn tool"
            throw DBNError(.legacyDBZ, message, at: 0)
        case .unknown:
            throw Self.notDBN("neither \"DBN\" nor a zstd frame at the start of the input")
        }
    }

    private static func notDBN(_ what: String) -> DBNError {
        DBNError(.notDBN, "\(what); a fragment without metadata cannot be read", at: 0)
    }

    /// Reads the metadata when they are complete; false when more input is needed.
    private mutating func readMetadata() throws(DBNError) -> Bool {
        guard try self.fill(atLeast: MetadataLayout.preludeBytes) else { return false }
        let prelude = WireReader(bytes: self.plain.prefix(MetadataLayout.preludeBytes), streamOffset: 0)
        guard prelude.bytes.starts(with: "DBN".utf8) else { throw Self.notDBN("no \"DBN\" at the start") }
        let version = prelude.integer(3, as: UInt8.self)
        guard (1...DBN.version).contains(version) else {
            let message = "version \(version) is not read; versions 1 to \(DBN.version) are"
            throw DBNError(.unsupportedVersion, message, at: 3)
        }
        let length = Int(prelude.integer(4, as: UInt32.self))
        guard length >= MetadataLayout.fixedBytes else {
            let message = "the metadata are \(length) bytes long; at least \(MetadataLayout.fixedBytes) are needed"
            throw DBNError(.corruptMetadata, message, at: 4)
        }
        let blockBytes = MetadataLayout.preludeBytes + length
        guard blockBytes <= self.limits.metadataBytesMax else {
            let message = "the metadata are \(blockBytes) bytes long; at most \(self.limits.metadataBytesMax) are read"
            throw DBNError(.limitExceeded, message, at: 4)
        }
        guard try self.fill(atLeast: blockBytes) else { return false }
        let metadata = try MetadataReader.read(self.plain.prefix(blockBytes), version: version)
        self.plain.consume(blockBytes)
        self.plain.shrink(to: Self.decompressionBytes)
        self.uncompressedByteCount += blockBytes
        self.version = version
        self.hasSendTime = metadata.tsOut
        self.metadata = metadata
        return true
    }

    @inline(__always)
    private mutating func readRecord() throws(DBNError) -> DBNRecord? {
        guard try self.fill(atLeast: 1) else { return nil }
        let size = Int(self.plain.readable[0]) * RecordHeader.bytesPerWord
        guard size >= RecordHeader.byteCount + (self.hasSendTime ? 8 : 0) else {
            let message = "a record says that it is \(size) bytes long, which is less than its header"
            throw DBNError(.corruptRecord, message, at: self.uncompressedByteCount)
        }
        guard try self.fill(atLeast: size) else { return nil }
        let wire = WireReader(bytes: self.plain.prefix(size), streamOffset: self.uncompressedByteCount)
        let record = try DBNRecord(wire, version: self.version, hasSendTime: self.hasSendTime)
        if self.hasSendTime {
            self.tsOut = wire.integer(size - 8)
        }
        if case .other = record {
            self.skippedRecordCount += 1
        }
        self.plain.consume(size)
        self.uncompressedByteCount += size
        return record
    }

    /// Whether that many plain bytes wait, after decompressing what is needed.
    @inline(__always)
    private mutating func fill(atLeast count: Int) throws(DBNError) -> Bool {
        if self.plain.count >= count { return true }
        guard self.source == .zstd else { return false }
        return try self.decompress(atLeast: count)
    }

    private mutating func decompress(atLeast count: Int) throws(DBNError) -> Bool {
        while self.plain.count < count {
            guard self.compressed.count > 0 || self.zstdState == .holdsOutput else { return false }
            let output = self.plain.writable(atLeast: Self.decompressionBytes)
            let input = self.compressed.readable
            let offset = self.compressedByteCount
            guard let done = try self.zstd?.decompress(input, at: offset, into: output) else { return false }
            self.compressed.consume(done.consumed)
            self.plain.commit(done.produced)
            self.compressedByteCount += done.consumed
            self.zstdState = done.state
        }
        return true
    }

    private mutating func checkEnd() throws(DBNError) {
        let offset = self.uncompressedByteCount
        guard self.version != 0 else {
            let message = "the input ends inside the metadata, \(self.plain.count + self.compressed.count) bytes in"
            throw DBNError(.truncated, message, at: offset)
        }
        guard self.plain.count == 0 else {
            throw DBNError(.truncated, "the input ends inside a record, \(self.plain.count) bytes in", at: offset)
        }
        guard self.zstdState == .betweenFrames else {
            throw DBNError(.truncated, "the input ends inside a zstd frame", at: self.compressedByteCount)
        }
    }
}
