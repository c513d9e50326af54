import DBN

/// Everything that a decoder answers about one input.
struct Decoded: Equatable {
    var metadata: DBNMetadata?
    var records: [DBNRecord] = []
    var sendTimes: [UInt64] = []
    var skippedRecordCount = 0
    var byteCount = 0
    var error: DBNError?

    /// Decodes `bytes` in pieces of `pieceBytes`, to the end or the first error.
    init(_ bytes: [UInt8], pieceBytes: Int = 4096, limits: DBNDecoder.Limits = .init()) {
        var decoder = DBNDecoder(limits: limits)
        do throws(DBNError) {
            var start = 0
            while start < bytes.count {
                let end = min(start + pieceBytes, bytes.count)
                try Self.append(bytes[start..<end], to: &decoder)
                start = end
                while let record = try decoder.next() {
                    self.records.append(record)
                    if let sentAt = decoder.tsOut { self.sendTimes.append(sentAt) }
                }
            }
            try decoder.finish()
        } catch {
            self.error = error
        }
        self.metadata = decoder.metadata
        self.skippedRecordCount = decoder.skippedRecordCount
        self.byteCount = decoder.uncompressedByteCount
    }

    /// Appends bytes to a decoder.
    static func append(_ bytes: ArraySlice<UInt8>, to decoder: inout DBNDecoder) throws(DBNError) {
        let result: Result<Void, DBNError> = bytes.withUnsafeBytes { buffer in
            do throws(DBNError) {
                return .success(try decoder.append(buffer))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}
