import Foundation

extension PostgresSession {
    /// How long to wait for the server, and what came of it.
    struct Wait {
        fileprivate let interrupt: PostgresInterrupt
        fileprivate var stop: Stop?

        init(interrupt: PostgresInterrupt) {
            self.interrupt = interrupt
        }

        /// What is done to end the commands before their time.
        ///
        /// A request that reaches the server before the statement does is lost, so it is repeated until the commands end.
        fileprivate struct Stop {
            let reason: PostgresInterrupt.Reason
            /// When the connection is given up.
            let limit: ContinuousClock.Instant
            var request: PostgresCancellation
            var pause: Duration = .milliseconds(20)
            var repeatAt: ContinuousClock.Instant

            /// When there is something to do although nothing has arrived; the end of a request is told by the pipe.
            var nextStep: ContinuousClock.Instant {
                self.request.isFinished ? min(self.limit, self.repeatAt) : self.limit
            }
        }
    }

    /// The longest pause between two requests to cancel the same commands.
    private static let cancelPauseMax: Duration = .milliseconds(320)

    /// Whether the server has kept the connection open since it was last used.
    func isStillOpen() -> Bool {
        var descriptor = pollfd(fd: self.handle.socket, events: Int16(POLLIN), revents: 0)
        // The server may have sent messages, with or without closing the connection after them.
        for _ in 0..<16 {
            guard Foundation.poll(&descriptor, 1, 0) > 0 else { return self.isReusable }
            guard self.handle.consumeInput() else { return false }
        }
        return false
    }

    /// The next result, or nil at the end of a command's results; waits for it.
    func nextResult(_ wait: inout Wait) throws(SQLError) -> PostgresResult? {
        while true {
            guard self.handle.flush() != .failed else { throw self.lose() }
            guard self.handle.isBusy else { return self.handle.nextResult() }
            try self.stopIfDue(&wait)
            try self.poll(until: wait.stop?.nextStep ?? wait.interrupt.deadline)
        }
    }

    /// Ends a wait: when it was stopped, the cancel request must have ended too before the connection is used again,
    /// because it would hit what runs next.
    ///
    /// Throws the interrupt's error if the wait was stopped before the work was complete.
    func endWait(_ wait: inout Wait, isComplete: Bool) throws(SQLError) {
        guard let stop = wait.stop else { return }
        while !stop.request.isFinished {
            guard ContinuousClock.now < stop.limit else {
                self.isBroken = true
                break
            }
            self.waitForWake(until: stop.limit)
        }
        if !isComplete { throw stop.reason.error }
    }

    /// Asks the server to cancel once the interrupt says so, and gives up when it does not react.
    private func stopIfDue(_ wait: inout Wait) throws(SQLError) {
        let now = ContinuousClock.now
        guard var stop = wait.stop else {
            guard let reason = wait.interrupt.reason(at: now) else { return }
            guard let request = self.requestCancel() else {
                self.isBroken = true
                throw reason.error
            }
            let limit = now + self.configuration.cancelTimeout
            wait.stop = Wait.Stop(reason: reason, limit: limit, request: request, repeatAt: now + .milliseconds(20))
            return
        }
        guard now < stop.limit else {
            self.isBroken = true
            throw stop.reason.error
        }
        guard stop.request.isFinished, now >= stop.repeatAt else { return }
        // Where there is no room for a request now there may be later.
        stop.request = self.requestCancel() ?? stop.request
        stop.pause = min(stop.pause * 2, Self.cancelPauseMax)
        stop.repeatAt = now + stop.pause
        wait.stop = stop
    }

    /// Sends a request to cancel; nil when too many are under way.
    private func requestCancel() -> PostgresCancellation? {
        guard let handle = self.handle.makeCancelHandle() else { return nil }
        let request = PostgresCancellation(handle)
        let wake = self.wake
        return self.configuration.canceller.cancel(request, completion: { wake.wake() }) ? request : nil
    }

    /// Waits until the server sends something, can be sent to, or the thread is woken.
    private func poll(until limit: ContinuousClock.Instant) throws(SQLError) {
        let isFlushed = self.handle.flush() == .sent
        let events = isFlushed ? POLLIN : POLLIN | POLLOUT
        var descriptors = [
            pollfd(fd: self.handle.socket, events: Int16(events), revents: 0),
            pollfd(fd: self.wake.readingEnd, events: Int16(POLLIN), revents: 0),
        ]
        guard descriptors[0].fd >= 0 else { throw self.lose() }
        _ = Foundation.poll(&descriptors, 2, Self.milliseconds(until: limit))
        if descriptors[1].revents != 0 { self.wake.drain() }
        if descriptors[0].revents & ~Int16(POLLOUT) != 0 {
            guard self.handle.consumeInput() else { throw self.lose() }
        }
    }

    private func waitForWake(until limit: ContinuousClock.Instant) {
        var descriptor = pollfd(fd: self.wake.readingEnd, events: Int16(POLLIN), revents: 0)
        _ = Foundation.poll(&descriptor, 1, Self.milliseconds(until: limit))
        self.wake.drain()
    }

    /// The whole milliseconds until an instant, rounded up, as `poll` takes them.
    private static func milliseconds(until limit: ContinuousClock.Instant) -> Int32 {
        let remaining = max(.zero, ContinuousClock.now.duration(to: limit))
        return Int32(clamping: Int64((remaining / .milliseconds(1)).rounded(.up)))
    }
}
