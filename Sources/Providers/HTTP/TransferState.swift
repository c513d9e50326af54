/// What passes between libcurl's thread, which brings head and body, and the one task that takes them.
///
/// Pure state: `HTTPTransfer` holds it behind a lock and carries out what it decides.
struct TransferState {
    /// What libcurl's thread does with bytes that it brought.
    enum Delivery: Equatable {
        /// They were taken.
        case taken
        /// The buffer is full: offer them again after a resumption.
        case pause
        /// Nobody wants them: end the transfer.
        case refuse
    }

    /// What the consumer gets.
    enum Supply<Value: Sendable>: Sendable {
        /// Here it is; `resumes` says that libcurl's thread is to go on.
        case value(Value, resumes: Bool)
        /// Nothing comes any more.
        case end
        /// The transfer failed.
        case failed(HTTPError)
        /// Nothing yet.
        case wait
    }

    /// The most body bytes that wait for the consumer.
    let bufferedBytesMax: Int
    /// The most body bytes that ever waited.
    private(set) var bufferedBytesHighest = 0
    private var head: HTTPHead?
    private var chunks: [[UInt8]] = []
    private var nextChunk = 0
    private var bufferedBytes = 0
    private var isPaused = false
    private var outcome: Result<Void, HTTPError>?

    init(bufferedBytesMax: Int) {
        self.bufferedBytesMax = bufferedBytesMax
    }

    /// Whether the transfer has ended, in whatever way.
    var isOver: Bool { self.outcome != nil }

    /// Whether `supplyHead()` has more to say than to wait.
    var isHeadReady: Bool { self.head != nil || self.isOver }

    /// Whether `supplyChunk()` has more to say than to wait.
    var isChunkReady: Bool { self.nextChunk < self.chunks.count || self.isOver }

    /// Takes the head.
    mutating func receive(_ head: HTTPHead) {
        self.head = head
    }

    /// Takes body bytes, all or none.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Delivery {
        guard self.outcome == nil else { return .refuse }
        guard self.bufferedBytes == 0 || self.bufferedBytes + bytes.count <= self.bufferedBytesMax else {
            self.isPaused = true
            return .pause
        }
        self.chunks.append([UInt8](bytes))
        self.bufferedBytes += bytes.count
        self.bufferedBytesHighest = max(self.bufferedBytesHighest, self.bufferedBytes)
        return .taken
    }

    /// Ends the transfer; only the first end counts.
    mutating func end(_ outcome: Result<Void, HTTPError>) {
        if self.outcome == nil { self.outcome = outcome }
    }

    /// The head, as soon as it is there.
    func supplyHead() -> Supply<HTTPHead> {
        if let head = self.head { return .value(head, resumes: false) }
        switch self.outcome {
        case .failure(let error): return .failed(error)
        case .success: return .failed(HTTPError(.malformed, "the answer has no head"))
        case nil: return .wait
        }
    }

    /// The next body bytes.
    ///
    /// What came before a failure is supplied before the failure.
    mutating func supplyChunk() -> Supply<[UInt8]> {
        if self.nextChunk < self.chunks.count {
            let chunk = self.chunks[self.nextChunk]
            self.nextChunk += 1
            self.bufferedBytes -= chunk.count
            if self.nextChunk == self.chunks.count {
                self.chunks.removeAll(keepingCapacity: true)
                self.nextChunk = 0
            } else {
                self.chunks[self.nextChunk - 1] = []
            }
            let resumes = self.isPaused && self.bufferedBytes <= self.bufferedBytesMax / 2
            if resumes { self.isPaused = false }
            return .value(chunk, resumes: resumes)
        }
        switch self.outcome {
        case .failure(let error): return .failed(error)
        case .success: return .end
        case nil: return .wait
        }
    }
}
