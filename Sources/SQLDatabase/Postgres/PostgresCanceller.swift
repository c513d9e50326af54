import Locking

/// Sends cancel requests on threads of their own, because libpq blocks in them for as long as the server likes.
final class PostgresCanceller: Sendable {
    private let requestsMax: Int
    private let running = Locked(0)

    /// At most `requestsMax` requests run at a time; a server that answers none of them costs no more threads than that.
    init(requestsMax: Int) {
        self.requestsMax = requestsMax
    }

    /// Sends a request and calls `completion` on its thread when the server has taken it.
    ///
    /// False, without a call, when too many requests run or the system has no thread left.
    func cancel(_ request: PostgresCancellation, completion: @escaping @Sendable () -> Void) -> Bool {
        let mayStart = self.running.withLock { running in
            guard running < self.requestsMax else { return false }
            running += 1
            return true
        }
        guard mayStart else { return false }
        do throws(SQLError) {
            try BlockingThread.start {
                request.send()
                self.running.withLock { $0 -= 1 }
                completion()
            }
            return true
        } catch {
            self.running.withLock { $0 -= 1 }
            return false
        }
    }
}

/// One cancel request, which two threads share: the one that sends it and the one that waits for its end.
final class PostgresCancellation: Sendable {
    private let handle: PostgresCancelHandle
    private let isOver = Locked(false)

    init(_ handle: consuming PostgresCancelHandle) {
        self.handle = handle
    }

    /// Whether the server has taken the request: it cannot hit a later statement any more.
    var isFinished: Bool { self.isOver.withLock { $0 } }

    fileprivate func send() {
        self.handle.cancel()
        self.isOver.withLock { $0 = true }
    }
}
