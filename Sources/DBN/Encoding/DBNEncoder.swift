internal import Zstd

/// Writes a DBN stream of version 3, raw or zstd, as the vendor's service cuts it.
///
/// Compressed, the metadata are a frame of their own, and frames of records end between two records, so that frames
/// can be kept and joined to other streams later. Each frame has a checksum and declares its size.
///
/// Write records, call `endFrame()` after the last, and take the bytes with `takeOutput()` at any time between.
public struct DBNEncoder: ~Copyable, Sendable {
    private let configuration: Configuration
    private var zstd: ZstdCompressor?
    /// What waits to be compressed; unused in a raw stream.
    private var frame = ByteQueue()
    private var output = ByteQueue()

    /// The number of bytes that were written, before compression.
    public private(set) var uncompressedByteCount = 0

    /// Starts a stream with metadata, or with nil, a fragment of records that belongs behind some metadata.
    ///
    /// Throws `unencodable` when a symbol is too long or not ASCII.
    public init(metadata: DBNMetadata?, configuration: Configuration = Configuration()) throws(DBNError) {
        self.configuration = configuration
        if case .zstd(let level) = configuration.compression {
            do {
                self.zstd = try ZstdCompressor(level: level)
            } catch {
                throw DBNError(error, at: 0)
            }
        }
        if let metadata {
            try self.write(metadata)
        }
    }

    /// Adds a record.
    ///
    /// On an error nothing is added.
    ///
    /// Throws `unencodable` for a record of a type that is not modelled or is not its layout's, and for text that is
    /// too long or not ASCII; `limitExceeded` when too much output waits.
    public mutating func write(_ record: DBNRecord) throws(DBNError) {
        let layout = try self.layout(of: record)
        let byteCount = layout.byteCount(version: DBN.version)
        try self.checkOutput(adding: byteCount)
        if self.zstd == nil {
            try record.write(to: &self.output, byteCount: byteCount, streamOffset: self.uncompressedByteCount)
        } else {
            if self.frame.count + byteCount > self.configuration.frameBytesMax {
                try self.endFrame()
            }
            try record.write(to: &self.frame, byteCount: byteCount, streamOffset: self.uncompressedByteCount)
        }
        self.uncompressedByteCount += byteCount
    }

    /// Closes the frame of the records since the last frame; without records, or without compression, does nothing.
    public mutating func endFrame() throws(DBNError) {
        guard self.frame.count > 0 else { return }
        try self.zstd?.compressFrame(self.frame.readable, into: &self.output)
        self.frame.consume(self.frame.count)
    }

    /// The bytes of all closed frames, or of all records in a raw stream, since the last call.
    public mutating func takeOutput() -> [UInt8] {
        let bytes = Array(self.output.readable)
        self.output.consume(bytes.count)
        return bytes
    }
}

extension DBNEncoder {
    private mutating func write(_ metadata: DBNMetadata) throws(DBNError) {
        let byteCount = try MetadataWriter.byteCount(metadata)
        if self.zstd == nil {
            try MetadataWriter.write(metadata, to: self.output.appendZeros(byteCount))
        } else {
            try MetadataWriter.write(metadata, to: self.frame.appendZeros(byteCount))
            try self.endFrame()
        }
        self.uncompressedByteCount = byteCount
    }

    private func layout(of record: DBNRecord) throws(DBNError) -> RecordLayout {
        let rtype = record.header.rtype
        guard let layout = record.layout else {
            let message = "a record of type \(rtype) has no body here that could be written"
            throw DBNError(.unencodable, message, at: self.uncompressedByteCount)
        }
        guard RecordLayout(rtype) == layout else {
            let message = "type \(rtype) is not one of the types of a \(layout) record"
            throw DBNError(.unencodable, message, at: self.uncompressedByteCount)
        }
        return layout
    }

    private func checkOutput(adding byteCount: Int) throws(DBNError) {
        let waiting = self.output.count + self.frame.count
        guard waiting + byteCount <= self.configuration.outputBytesMax else {
            let message = "\(waiting) bytes wait to be taken; at most \(self.configuration.outputBytesMax) may"
            throw DBNError(.limitExceeded, message, at: self.uncompressedByteCount)
        }
    }
}
