internal import Locking
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A sum that many threads raise at once: each adds to a stripe, so that threads do not wait for each other's cache line.
struct StripedCounter: ~Copyable, Sendable {
    private static var stripeCountLog2: Int { 5 }

    private let stripes = Spread(count: 1 << Self.stripeCountLog2) { Atomic<Int>(0) }

    /// The sum of what was added so far.
    var value: Int {
        (0..<UInt(self.stripes.count)).reduce(0) { sum, index in
            sum &+ self.stripes.withValue(index) { $0.load(ordering: .relaxed) }
        }
    }

    func add(_ amount: Int) {
        self.stripes.withValue(Self.stripeOfThisThread) { _ = $0.wrappingAdd(amount, ordering: .relaxed) }
    }

    /// The same for every call on one thread; spread by a multiplication, since threads' addresses differ in a few bits.
    private static var stripeOfThisThread: UInt {
        #if canImport(Glibc)
        let thread = UInt64(pthread_self())
        #else
        let thread = UInt64(UInt(bitPattern: pthread_self()))
        #endif
        return UInt(truncatingIfNeeded: ((thread >> 12) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - Self.stripeCountLog2))
    }
}
