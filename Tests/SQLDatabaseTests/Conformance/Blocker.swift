import Dispatch

/// Lets a test hold a transaction open: the closure blocks its own database thread until the test says so.
final class Blocker: Sendable {
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private let release = DispatchSemaphore(value: 0)

    init() {
        (self.arrivals, self.arrival) = AsyncStream.makeStream()
    }

    /// Called in a transaction's closure: announces it and waits.
    func block() {
        self.arrival.yield()
        self.release.wait()
    }

    /// Called in a transaction's closure: announces it only.
    func announce() {
        self.arrival.yield()
    }

    /// Called by the test: returns when `count` further closures have announced themselves.
    func arrived(_ count: Int = 1) async {
        var iterator = self.arrivals.makeAsyncIterator()
        for _ in 0..<count {
            await iterator.next()
        }
    }

    /// Called by the test: lets `count` closures go on.
    func unblock(_ count: Int = 1) {
        for _ in 0..<count {
            self.release.signal()
        }
    }
}
