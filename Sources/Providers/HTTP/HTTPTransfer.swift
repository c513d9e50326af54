import Locking

/// One exchange under way: the answer's head, then its body in pieces, read by one task.
///
/// Body bytes wait in a buffer of limited size; while it is full the connection is not read, so that the server is held
/// back. Bytes that came before a failure are supplied before it is thrown.
final class HTTPTransfer: Sendable {
    /// What is to be told to libcurl's thread.
    enum Signal: Sendable {
        /// There is room in the buffer again.
        case resume
        /// The answer is not wanted any more.
        case cancel
    }

    private struct Shared {
        var state: TransferState
        var headReader: HTTPHeadReader
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let shared: Locked<Shared>
    private let signal: @Sendable (Signal) -> Void

    init(bufferedBytesMax: Int, headBytesMax: Int, signal: @escaping @Sendable (Signal) -> Void) {
        self.shared = Locked(
            Shared(
                state: TransferState(bufferedBytesMax: bufferedBytesMax),
                headReader: HTTPHeadReader(bytesMax: headBytesMax)
            )
        )
        self.signal = signal
    }

    /// Status and headers, as soon as they are there.
    func head() async throws(HTTPError) -> HTTPHead {
        while true {
            switch self.shared.withLock({ $0.state.supplyHead() }) {
            case .value(let head, _): return head
            case .failed(let error): throw error
            case .end, .wait: await self.wait { $0.isHeadReady }
            }
        }
    }

    /// The next bytes of the body, or nil after its proper end.
    ///
    /// Throws `cut` when the connection ended first. A body without a length of its own ends with its connection:
    /// see `HTTPHead.isBodyDelimited`.
    func next() async throws(HTTPError) -> [UInt8]? {
        while true {
            switch self.shared.withLock({ $0.state.supplyChunk() }) {
            case .value(let chunk, let resumes):
                if resumes { self.signal(.resume) }
                return chunk
            case .end: return nil
            case .failed(let error): throw error
            case .wait: await self.wait { $0.isChunkReady }
            }
        }
    }

    /// The whole body; throws `malformed` when it is longer than `bytesMax`.
    func body(bytesMax: Int) async throws(HTTPError) -> [UInt8] {
        var body: [UInt8] = []
        while let chunk = try await self.next() {
            guard body.count + chunk.count <= bytesMax else {
                throw HTTPError(.malformed, "the answer is longer than the allowed \(bytesMax) bytes")
            }
            body += chunk
        }
        return body
    }

    /// Ends the transfer and closes its connection unless it has ended already.
    func cancel() {
        let wasOver = self.shared.withLock { $0.state.isOver }
        self.end(.failure(HTTPError(.cancelled, "the transfer was cancelled")))
        if !wasOver { self.signal(.cancel) }
    }

    /// The most body bytes that ever waited in the buffer.
    var bufferedBytesHighest: Int { self.shared.withLock { $0.state.bufferedBytesHighest } }

    /// Waits until something has happened or `isReady` already holds; the caller looks again.
    private func wait(until isReady: @Sendable (TransferState) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isOver = self.shared.withLock { shared in
                if isReady(shared.state) { return true }
                precondition(shared.waiter == nil, "One task reads a transfer.")
                shared.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}

extension HTTPTransfer {
    /// Called on libcurl's thread with each line of the head; false ends the transfer.
    func receive(headLine line: UnsafeRawBufferPointer) -> Bool {
        let step = self.shared.withLock { shared in
            let step = shared.headReader.read(line)
            if case .complete(let head) = step {
                shared.state.receive(head)
            }
            return step
        }
        switch step {
        case .more: return true
        case .complete:
            self.wake()
            return true
        case .malformed:
            self.end(.failure(HTTPError(.malformed, "the head of the answer is too long or not HTTP")))
            return false
        }
    }

    /// Called on libcurl's thread with bytes of the body.
    func receive(_ bytes: UnsafeRawBufferPointer) -> TransferState.Delivery {
        let delivery = self.shared.withLock { $0.state.receive(bytes) }
        if delivery == .taken { self.wake() }
        return delivery
    }

    /// Called with the end of the transfer.
    func end(_ outcome: Result<Void, HTTPError>) {
        self.shared.withLock { $0.state.end(outcome) }
        self.wake()
    }

    private func wake() {
        let waiter = self.shared.withLock { shared in
            let waiter = shared.waiter
            shared.waiter = nil
            return waiter
        }
        waiter?.resume()
    }
}
