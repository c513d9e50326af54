import Dispatch
import Locking

/// A thread that owns one value, and runs jobs with it one after another.
///
/// Jobs may block it: it is none of Swift's concurrency threads. The value is made and released on the thread.
final class PostgresThread<Owned: AnyObject>: Sendable {
    /// What a thread has to do; shared with the thread, so that this object can go while the thread still works.
    private final class Mailbox: Sendable {
        let jobs = Locked<[@Sendable (Owned) -> Void]>([])
        let arrivals = DispatchSemaphore(value: 0)

        /// Waits for the next job; nil when there will be none.
        func next() -> (@Sendable (Owned) -> Void)? {
            self.arrivals.wait()
            return self.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    private let mailbox = Mailbox()

    /// Starts the thread.
    ///
    /// Throws `unavailable` when the system has none left.
    init(_ make: @escaping @Sendable () -> Owned) throws(SQLError) {
        let mailbox = self.mailbox
        try BlockingThread.start {
            let owned = make()
            while let job = mailbox.next() {
                job(owned)
            }
        }
    }

    deinit {
        // An arrival without a job ends the thread after the jobs before it.
        self.mailbox.arrivals.signal()
    }

    /// Runs a job after those before it.
    func submit(_ job: @escaping @Sendable (Owned) -> Void) {
        self.mailbox.jobs.withLock { $0.append(job) }
        self.mailbox.arrivals.signal()
    }
}
