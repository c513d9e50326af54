/// Bytes that are appended at one end and consumed at the other, in one contiguous piece of memory.
///
/// `@unchecked Sendable`: the queue is the memory's only owner and cannot be copied, so whoever holds the queue is the
/// only one who can reach the memory.
struct ByteQueue: ~Copyable, @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    init() {
        self.memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit {
        self.memory.deallocate()
    }

    /// The number of bytes that wait.
    @inline(__always)
    var count: Int { self.end - self.start }

    /// The memory that is held, used or not.
    var capacity: Int { self.memory.count }

    /// The bytes that wait; valid until the queue is changed.
    @inline(__always)
    var readable: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self.memory[self.start..<self.end])
    }

    /// The first bytes that wait; valid until the queue is changed.
    @inline(__always)
    func prefix(_ count: Int) -> UnsafeRawBufferPointer {
        assert(count <= self.count)
        return UnsafeRawBufferPointer(rebasing: self.memory[self.start..<self.start + count])
    }

    @inline(__always)
    mutating func consume(_ count: Int) {
        assert(count <= self.count)
        self.start += count
        if self.start == self.end {
            self.start = 0
            self.end = 0
        }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        self.reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: self.memory[self.end...]).copyMemory(from: bytes)
        self.end += bytes.count
    }

    /// Appends zeros for the caller to fill; the memory is valid until the queue is changed.
    mutating func appendZeros(_ count: Int) -> UnsafeMutableRawBufferPointer {
        self.reserve(count)
        let added = UnsafeMutableRawBufferPointer(rebasing: self.memory[self.end..<self.end + count])
        added.initializeMemory(as: UInt8.self, repeating: 0)
        self.end += count
        return added
    }

    /// Takes back the last bytes that were appended.
    mutating func removeLast(_ count: Int) {
        precondition(count <= self.count)
        self.end -= count
    }

    /// The free memory behind the waiting bytes, of at least `count` bytes; `commit` makes them readable.
    mutating func writable(atLeast count: Int) -> UnsafeMutableRawBufferPointer {
        self.reserve(count)
        return UnsafeMutableRawBufferPointer(rebasing: self.memory[self.end...])
    }

    /// Makes bytes readable that were written to `writable`.
    mutating func commit(_ count: Int) {
        precondition(self.end + count <= self.memory.count)
        self.end += count
    }

    /// Gives memory back when far more is held than waits.
    mutating func shrink(to count: Int) {
        let kept = max(count, self.count)
        guard self.memory.count / 4 > kept else { return }
        self.move(to: kept)
    }

    /// Makes room for `count` bytes.
    ///
    /// Each byte is moved a bounded number of times on average: waiting bytes are moved to the front only when at least
    /// as many have been consumed, and else the memory doubles.
    private mutating func reserve(_ count: Int) {
        guard self.memory.count - self.end < count else { return }
        if self.start >= self.count, self.memory.count - self.count >= count {
            if self.count > 0 {
                UnsafeMutableRawBufferPointer(rebasing: self.memory[..<self.count]).copyMemory(from: self.readable)
            }
            self.end -= self.start
            self.start = 0
            return
        }
        self.move(to: max(self.count + count, 2 * self.memory.count, 4096))
    }

    private mutating func move(to capacity: Int) {
        let moved = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        if self.count > 0 {
            moved.copyMemory(from: self.readable)
        }
        self.memory.deallocate()
        self.end -= self.start
        self.start = 0
        self.memory = moved
    }
}
