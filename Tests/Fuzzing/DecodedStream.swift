import DBN

/// What a decoder answers about one input, up to a number of records.
struct DecodedStream: Equatable {
    /// A small input can be the compressed form of very many records; so many are enough to compare.
    static let recordsMax = 20_000

    var metadata: DBNMetadata?
    var records: [DBNRecord] = []
    var sendTimes: [UInt64] = []
    var error: DBNError?
    /// Whether there were more records than are kept.
    var isCut = false

    /// Decodes `bytes` in pieces of `pieceBytes`.
    init(_ bytes: [UInt8], pieceBytes: Int) {
        var decoder = DBNDecoder(limits: .init(metadataBytesMax: 1 << 20, bufferedBytesMax: 1 << 20))
        do throws(DBNError) {
            var start = 0
            while start < bytes.count, !self.isCut {
                let end = min(start + pieceBytes, bytes.count)
                try self.take(bytes[start..<end], &decoder)
                start = end
            }
            if !self.isCut { try decoder.finish() }
        } catch {
            self.error = error
            promise(error.byteOffset >= 0 && !error.message.isEmpty, "an error says where and what: \(error)")
        }
        self.metadata = decoder.metadata
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, _ decoder: inout DBNDecoder) throws(DBNError) {
        let appended: Result<Void, DBNError> = bytes.withUnsafeBytes { buffer in
            do throws(DBNError) {
                return .success(try decoder.append(buffer))
            } catch {
                return .failure(error)
            }
        }
        try appended.get()
        while let record = try decoder.next() {
            guard self.records.count < Self.recordsMax else {
                self.isCut = true
                return
            }
            self.records.append(record)
            if let sentAt = decoder.tsOut { self.sendTimes.append(sentAt) }
        }
    }
}
