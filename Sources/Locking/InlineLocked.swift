#if THREAD_SANITIZER
public import Foundation
#else
public import Synchronization
#endif

/// One value behind one lock, kept within what owns it: to take it touches no reference count.
///
/// The closure must not call out: no continuation, callback or blocking call while the lock is held.
/// The thread sanitizer does not understand `Mutex` on Linux and reports races that do not exist, so a build with
/// `-DTHREAD_SANITIZER` uses `NSLock` instead.
///
/// It is public and inlinable because the compiler specialises nothing else for another module: without that a read of
/// cached bars, which takes two locks, takes twice as long.
public struct InlineLocked<Value: ~Copyable>: ~Copyable, Sendable {
    #if THREAD_SANITIZER
    @usableFromInline
    final class Box: Sendable {
        @usableFromInline let lock = NSLock()
        /// Safe because every access is made while `lock` is held.
        @usableFromInline nonisolated(unsafe) var value: Value

        @usableFromInline
        init(_ value: consuming sending Value) {
            self.value = value
        }
    }

    @usableFromInline let box: Box
    #else
    @usableFromInline let mutex: Mutex<Value>
    #endif

    /// Puts a value behind a lock of its own.
    @inlinable
    public init(_ value: consuming sending Value) {
        #if THREAD_SANITIZER
        self.box = Box(value)
        #else
        self.mutex = Mutex(value)
        #endif
    }

    /// Runs `body` with exclusive access to the value.
    @inlinable @inline(__always)
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if THREAD_SANITIZER
        self.box.lock.lock()
        defer { self.box.lock.unlock() }
        return try body(&self.box.value)
        #else
        return try self.mutex.withLock(body)
        #endif
    }
}
