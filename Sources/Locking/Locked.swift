#if THREAD_SANITIZER
import Foundation
#else
import Synchronization
#endif

/// One value behind one lock.
///
/// The closure must not call out: no continuation, callback or blocking call while the lock is held.
/// The thread sanitizer does not understand `Mutex` on Linux and reports races that do not exist, so a build with
/// `-DTHREAD_SANITIZER` uses `NSLock` instead.
package final class Locked<Value: ~Copyable>: Sendable {
    #if THREAD_SANITIZER
    private let lock = NSLock()
    /// Safe because every access is made while `lock` is held.
    private nonisolated(unsafe) var value: Value
    #else
    private let mutex: Mutex<Value>
    #endif

    package init(_ value: consuming sending Value) {
        #if THREAD_SANITIZER
        self.value = value
        #else
        self.mutex = Mutex(value)
        #endif
    }

    /// Runs `body` with exclusive access to the value.
    @inline(__always)
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if THREAD_SANITIZER
        self.lock.lock()
        defer { self.lock.unlock() }
        return try body(&self.value)
        #else
        return try self.mutex.withLock(body)
        #endif
    }
}
