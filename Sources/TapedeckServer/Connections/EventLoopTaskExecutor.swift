import NIOCore

/// Runs tasks on an event loop's own thread.
///
/// What such a task sets off runs there too, in the same turn of the loop: a request that can be answered from memory is
/// read, answered and written without waking another thread.
final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    /// Creates an executor for the tasks of one connection.
    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
