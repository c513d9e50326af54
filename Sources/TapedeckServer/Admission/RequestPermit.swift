import Synchronization

/// The place that a request takes up until its answer is sent.
///
/// It is given back once: when it is asked to be, and at the latest when nobody holds it any longer, because an answer
/// that is never sent (to a client that has gone, or to a HEAD request) is simply dropped.
final class RequestPermit: Sendable {
    private let giveBack: @Sendable () -> Void
    private let isGivenBack = Atomic(false)

    /// `giveBack` is called once.
    init(giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
    }

    deinit {
        self.end()
    }

    /// Gives the place back, unless that has been done.
    func end() {
        let wasGivenBack = self.isGivenBack.exchange(true, ordering: .relaxed)
        if !wasGivenBack { self.giveBack() }
    }
}
