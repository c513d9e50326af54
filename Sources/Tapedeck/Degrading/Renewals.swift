internal import Locking

/// Buys again in the background what reads have found expired, or about to expire.
final class Renewals: Sendable {
    private let queue: Locked<RenewalQueue<FlightKey>>
    private let clock: ElapsedClock
    private let orders: AsyncStream<Renewal>
    private let ordering: AsyncStream<Renewal>.Continuation

    init(renewalsMax: Int, clock: ElapsedClock) {
        self.queue = Locked(RenewalQueue(renewalsMax: renewalsMax))
        self.clock = clock
        // The queue admits no more than this, so none is ever dropped here.
        (self.orders, self.ordering) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(max(1, renewalsMax)))
    }

    /// Renewals that wait or run now.
    var count: Int { self.queue.withLock { $0.count } }

    /// Has something bought again, unless that is under way already or too much is.
    func offer(_ renewal: Renewal) -> RenewalQueue<FlightKey>.Admission {
        let admission = self.queue.withLock { $0.admit(renewal.key) }
        if admission == .begin { self.ordering.yield(renewal) }
        return admission
    }

    /// Carries out renewals until the task is cancelled.
    ///
    /// To be called once.
    func run(_ renew: @escaping @Sendable (Renewal) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for await renewal in self.orders {
                group.addTask {
                    // Cancelled while it waits, it has cost nothing yet.
                    if (try? await self.clock.sleep(renewal.delay)) != nil { await renew(renewal) }
                    self.queue.withLock { $0.finish(renewal.key) }
                }
            }
            group.cancelAll()
        }
    }
}
