#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A thread for work that blocks.
///
/// Foundation's `Thread` says nothing when the system refuses a thread; its work would then never be done, and whoever
/// waits for it would wait for ever.
enum BlockingThread {
    /// What a new thread is given.
    private final class Work {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Starts a thread that runs `body` and ends.
    ///
    /// Throws `unavailable` when the system has no thread left; `body` does not run then.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SQLError) {
        let work = Unmanaged.passRetained(Work(body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let code = pthread_create(&thread, &attributes, { Self.run($0) }, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw SQLError(
                .unavailable,
                "the system has no thread for a connection: \(String(cString: strerror(code)))"
            )
        }
    }

    #if canImport(Glibc)
    private static func run(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
        return nil
    }
    #else
    private static func run(_ work: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body()
        return nil
    }
    #endif
}
