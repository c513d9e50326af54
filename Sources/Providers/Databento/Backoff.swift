/// How long to wait between attempts: longer each time, never in step with others, as long as the provider asks.
struct Backoff: Sendable {
    /// The longest wait after the first failure; it doubles with each further one.
    let base: Duration
    /// The longest wait that is not asked for by the provider.
    let pauseMax: Duration
    /// The longest wait that is obeyed; a provider that asks for more is given up on.
    let retryAfterMax: Duration

    /// The wait after so many failures (1 or more), or nil when the provider asks for more than is allowed.
    ///
    /// `draw` is a random number in 0 ..< 1: the wait lies between half and the whole of the step.
    func pause(afterFailures failures: Int, retryAfter: Duration?, draw: Double) -> Duration? {
        precondition(failures >= 1 && (0..<1).contains(draw))
        var step = self.base
        for _ in 1..<failures where step < self.pauseMax { step = step * 2 }
        let pause = min(step, self.pauseMax) * (0.5 + draw / 2)
        guard let retryAfter else { return pause }
        return retryAfter <= self.retryAfterMax ? max(pause, retryAfter) : nil
    }
}
