internal import Providers

/// Decides whether a provider may be asked, by how its last calls ended.
///
/// Pure state; ticks are nanoseconds of the process's elapsed clock. Closed, it lets every call through. It opens after
/// several failures in a row, when too many of the last calls failed, or at once where the provider's answer concerns
/// everything it sells (wrong key, no credit, too many requests). Open, it lets nothing through for a while that doubles
/// with each opening up to a limit. Then it is half open: one call, the probe, finds out how the provider is; its success
/// closes the breaker, its failure opens it anew.
struct CircuitBreaker: Sendable {
    enum State: Hashable, Sendable {
        case closed
        case open(untilTick: Int64)
        /// With the tick at which the probe was let through, if one is under way.
        case halfOpen(probeTick: Int64?)
    }

    /// What keeps a call from being made.
    struct Refusal: Sendable {
        let error: ProviderError
        /// When it may be tried again.
        let retryTick: Int64
    }

    /// A call that was let through; what it brings counts only while the breaker is as it was then.
    struct Call: Hashable, Sendable {
        fileprivate let epoch: Int
    }

    private(set) var configuration: BreakerConfiguration
    /// How long it stays open for a wrong key or an account without credit.
    let refusalTime: Duration
    private(set) var state = State.closed
    /// When the state was entered.
    private(set) var sinceTick: Int64
    private(set) var failuresInRow = 0
    /// Openings since it was last closed.
    private(set) var openings = 0
    private var lastError: ProviderError?
    private var epoch = 0
    /// How the last calls ended, the newest in the lowest bit, 1 for a failure.
    private var history: UInt64 = 0
    private var historyCount = 0

    init(configuration: BreakerConfiguration, refusalTime: Duration, tick: Int64) {
        self.refusalTime = refusalTime
        self.configuration = configuration
        self.configuration.windowCalls = min(max(1, configuration.windowCalls), UInt64.bitWidth)
        self.sinceTick = tick
    }

    /// What keeps a call from being made now, nil when it may be made.
    ///
    /// A nil from a breaker that is half open makes the caller the probe.
    mutating func admit(tick: Int64) -> Refusal? {
        if let refusal = self.refusal(tick: tick) { return refusal }
        if self.state != .closed { self.enter(.halfOpen(probeTick: tick), tick) }
        return nil
    }

    /// What would keep a call from being made now, asked without making one.
    func refusal(tick: Int64) -> Refusal? {
        switch self.state {
        case .closed: nil
        case .open(let untilTick): tick < untilTick ? self.refusal(until: untilTick) : nil
        case .halfOpen(nil): nil
        case .halfOpen(let probeTick?): self.refusal(whileProbing: probeTick, tick)
        }
    }

    /// Notes that a call is made.
    func begin() -> Call { Call(epoch: self.epoch) }

    /// Notes that the provider answered, be it with a refusal of the request.
    mutating func succeed(_ call: Call, tick: Int64) {
        guard call.epoch == self.epoch else { return }
        self.failuresInRow = 0
        self.remember(failed: false)
        guard self.state != .closed else { return }
        self.openings = 0
        self.history = 0
        self.historyCount = 0
        self.enter(.closed, tick)
    }

    /// Notes that a call failed; `random`, of 0 ..< 1, spreads the end of the wait.
    mutating func fail(_ call: Call, _ error: ProviderError, tick: Int64, random: Double) {
        guard call.epoch == self.epoch else { return }
        self.failuresInRow += 1
        self.lastError = error
        self.remember(failed: true)
        guard self.state != .closed || error.code.concernsWholeProvider || self.failsTooOften else { return }
        let wait = self.wait(for: error, random: random)
        self.openings += 1
        self.enter(.open(untilTick: tick.addingSaturating(wait.clampedNanoseconds)), tick)
    }

    /// Notes that a call ended without saying anything about the provider: another may be the probe.
    mutating func abandon(_ call: Call) {
        guard call.epoch == self.epoch, case .halfOpen = self.state else { return }
        self.state = .halfOpen(probeTick: nil)
    }

    private var failsTooOften: Bool {
        let failed = self.history.nonzeroBitCount
        return self.failuresInRow >= self.configuration.failuresMax
            || self.historyCount >= self.configuration.windowCalls
                && Double(failed) >= self.configuration.failureShareMax * Double(self.historyCount)
    }

    private mutating func remember(failed: Bool) {
        self.historyCount = min(self.historyCount + 1, self.configuration.windowCalls)
        let mask = UInt64.max >> UInt64(UInt64.bitWidth - self.configuration.windowCalls)
        self.history = (self.history << 1 | (failed ? 1 : 0)) & mask
    }

    /// Calls under way when the breaker opens or closes say nothing about it any more; the probe's does.
    private mutating func enter(_ state: State, _ tick: Int64) {
        self.epoch += 1
        self.state = state
        self.sinceTick = tick
    }

    private func refusal(until tick: Int64) -> Refusal {
        Refusal(error: self.lastError ?? ProviderError(.unavailable, "the provider failed"), retryTick: tick)
    }

    /// A probe that never reports loses its place after a while.
    private func refusal(whileProbing probeTick: Int64, _ tick: Int64) -> Refusal? {
        let end = probeTick.addingSaturating(self.configuration.probeTimeout.clampedNanoseconds)
        guard tick < end else { return nil }
        return self.refusal(until: min(end, tick.addingSaturating(1_000_000_000)))
    }

    private func wait(for error: ProviderError, random: Double) -> Duration {
        // A key or an account is not mended sooner for being tried less often.
        if error.code.isRefusal { return max(self.refusalTime, error.retryAfter ?? .zero) }
        var wait = self.configuration.openTime.lowerBound
        for _ in 0..<min(self.openings, 40) where wait < self.configuration.openTime.upperBound { wait *= 2 }
        wait = min(wait, self.configuration.openTime.upperBound)
        if let retryAfter = error.retryAfter, retryAfter >= wait { return retryAfter }
        return wait + wait * (self.configuration.jitterShare * random)
    }
}
