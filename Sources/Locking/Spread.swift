/// Values in memory that lie so far apart that no two share a cache line, and that are reached without reference counts.
///
/// Threads that use different ones do not wait for each other.
public struct Spread<Value: ~Copyable & Sendable>: ~Copyable {
    /// The two cache lines that a processor fetches together.
    @usableFromInline static var distance: Int { 128 }

    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let stride: Int
    /// How many values there are.
    public let count: Int

    /// Makes `count` values, at least one.
    public init(count: Int, _ make: () -> Value) {
        precondition(count > 0, "There is a value.")
        self.count = count
        self.stride = (MemoryLayout<Value>.stride + Self.distance - 1) / Self.distance * Self.distance
        self.base = .allocate(byteCount: count * self.stride, alignment: Self.distance)
        for index in 0..<count {
            (self.base + index * self.stride).bindMemory(to: Value.self, capacity: 1).initialize(to: make())
        }
    }

    deinit {
        for index in 0..<self.count {
            (self.base + index * self.stride).assumingMemoryBound(to: Value.self).deinitialize(count: 1)
        }
        self.base.deallocate()
    }

    /// Runs `body` with a value; `index` counts round.
    @inlinable @inline(__always)
    public borrowing func withValue<Result: ~Copyable, Failure: Error>(
        _ index: UInt,
        _ body: (borrowing Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let offset = Int(index % UInt(self.count)) * self.stride
        return try body((self.base + offset).assumingMemoryBound(to: Value.self).pointee)
    }
}

/// Safe because the pointer is set once, and what it points to is only borrowed and may itself be shared.
extension Spread: @unchecked Sendable where Value: ~Copyable {}
