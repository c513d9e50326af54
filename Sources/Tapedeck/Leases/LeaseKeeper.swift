/// Renews what the worker holds, three times in the life of a lease.
struct LeaseKeeper: Sendable {
    /// Renewals between two looks for the leases of workers that died.
    private static let beatsPerSweep = 1_000

    let store: GuardedStore
    let clock: ElapsedClock
    /// How long a lease stands unless it is renewed.
    let length: Duration

    /// Returns when the task is cancelled.
    func runUntilCancelled() async {
        var beats = 0
        while (try? await self.clock.sleep(self.length / 3)) != nil {
            await self.store.renewLeases()
            beats += 1
            if beats % Self.beatsPerSweep == 0 { await self.store.removeDeadLeases() }
        }
    }
}
