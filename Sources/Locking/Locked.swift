/// One value behind one lock, as an object that may be shared.
///
/// See `InlineLocked`.
public final class Locked<Value: ~Copyable>: Sendable {
    @usableFromInline let inline: InlineLocked<Value>

    /// Puts a value behind a lock of its own.
    @inlinable
    public init(_ value: consuming sending Value) {
        self.inline = InlineLocked(value)
    }

    /// Runs `body` with exclusive access to the value.
    @inlinable @inline(__always)
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try self.inline.withLock(body)
    }
}
