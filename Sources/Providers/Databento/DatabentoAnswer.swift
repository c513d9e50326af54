import DBN

/// Reads the body of an answer to `timeseries.get_range`.
enum DatabentoAnswer {
    /// Hands on the metadata, then each record, and returns after the proper end.
    ///
    /// Throws `cut` when the body ends early, or ends without saying that this is its end; `corruptAnswer` when it is no
    /// sound DBN.
    static func read(
        _ transfer: HTTPTransfer,
        _ head: HTTPHead,
        metadata: (DBNMetadata) throws -> Void,
        record: (DBNRecord) async throws -> Void
    ) async throws {
        var decoder = DBNDecoder()
        var hasBegun = false
        do {
            while let chunk = try await transfer.next() {
                try chunk.withUnsafeBytes { try decoder.append($0) }
                while let next = try decoder.next() {
                    if !hasBegun, let found = decoder.metadata {
                        try metadata(found)
                        hasBegun = true
                    }
                    try await record(next)
                }
            }
            try decoder.finish()
        } catch let error as DBNError {
            let isCut = error.code == .truncated
            throw isCut
                ? ProviderError(.cut, "Databento's answer was cut: \(error)")
                : ProviderError(.corruptAnswer, "Databento's answer cannot be read: \(error)")
        }
        if !hasBegun, let found = decoder.metadata { try metadata(found) }
        guard head.isBodyDelimited else {
            throw ProviderError(.cut, "Databento's answer does not say where it ends, so it may be cut")
        }
    }
}
