internal import Synchronization

/// How often a page was read lately: a small saturating count, raised by readers and lowered by the eviction policy.
///
/// The two do not exclude each other: a raise that is lost makes a page look a little colder, nothing else.
package final class AccessCounter: Sendable {
    private let count = Atomic<Int>(0)

    /// Starts at zero.
    package init() {}

    var value: Int { self.count.load(ordering: .relaxed) }

    /// Notes a read of a page.
    ///
    /// One read carries a page that is still forming through probation, and such a page is passed over longer: what is
    /// newest is what most readers want.
    package func noteRead(isForming: Bool) {
        self.raise(by: isForming ? 2 : 1, limit: isForming ? 7 : 3)
    }

    /// Notes one read, worth `weight`, up to `limit` in all.
    func raise(by weight: Int, limit: Int) {
        let value = self.count.load(ordering: .relaxed)
        if value < limit { self.count.store(min(limit, value + weight), ordering: .relaxed) }
    }

    func lower() {
        let value = self.count.load(ordering: .relaxed)
        if value > 0 { self.count.store(value - 1, ordering: .relaxed) }
    }
}
