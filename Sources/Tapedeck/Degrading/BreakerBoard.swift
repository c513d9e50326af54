internal import Locking
internal import MarketData
internal import Providers

/// The circuit breakers of all providers that were asked.
final class BreakerBoard: Sendable {
    private let configuration: BreakerConfiguration
    private let refusalTime: Duration
    private let clock: ElapsedClock
    private let random: @Sendable () -> Double
    private let breakers = Locked<[ProviderID: CircuitBreaker]>([:])

    /// `random` draws numbers of 0 ..< 1.
    init(
        configuration: BreakerConfiguration,
        refusalTime: Duration,
        clock: ElapsedClock,
        random: @escaping @Sendable () -> Double
    ) {
        self.configuration = configuration
        self.refusalTime = refusalTime
        self.clock = clock
        self.random = random
    }

    /// What keeps a call from being made: see `CircuitBreaker.admit`.
    func admit(_ provider: ProviderID) -> CircuitBreaker.Refusal? {
        self.change(provider) { $0.admit(tick: $1) }
    }

    /// What would keep a call from being made: see `CircuitBreaker.refusal`.
    func refusal(_ provider: ProviderID) -> CircuitBreaker.Refusal? {
        let tick = self.clock.now()
        return self.breakers.withLock { $0[provider]?.refusal(tick: tick) }
    }

    /// Notes that a call is made.
    func begin(_ provider: ProviderID) -> CircuitBreaker.Call {
        self.change(provider) { breaker, _ in breaker.begin() }
    }

    /// Notes how a call ended: with `error`, or well.
    ///
    /// The success of a call that is no `proof` says nothing for the provider: free questions may be answered from what
    /// its client remembers.
    func end(_ call: CircuitBreaker.Call, of provider: ProviderID, _ error: ProviderError?, isProof: Bool) {
        let random = self.random()
        self.change(provider) { breaker, tick in
            switch error?.code {
            case nil where isProof: breaker.succeed(call, tick: tick)
            case nil, ProviderError.Code.cancelled?, ProviderError.Code.leaseLost?: breaker.abandon(call)
            case let code? where code.isAnswer: breaker.succeed(call, tick: tick)
            default:
                if let error { breaker.fail(call, error, tick: tick, random: random) }
            }
        }
    }

    /// How the breakers stand, by provider; `wallClock` is now.
    func reports(wallClock: Timestamp) -> [BreakerReport] {
        let tick = self.clock.now()
        return self.breakers.withLock { breakers in
            breakers.map { BreakerReport($0.key, $0.value, tick: tick, wallClock: wallClock) }
        }.sorted { $0.provider.description < $1.provider.description }
    }

    /// The registry bounds how many providers there are.
    private func change<Value>(
        _ provider: ProviderID,
        _ body: (inout CircuitBreaker, Int64) -> Value
    ) -> Value {
        let tick = self.clock.now()
        return self.breakers.withLock { breakers in
            var breaker =
                breakers[provider]
                ?? CircuitBreaker(configuration: self.configuration, refusalTime: self.refusalTime, tick: tick)
            defer { breakers[provider] = breaker }
            return body(&breaker, tick)
        }
    }
}

extension ProviderError.Code {
    /// Whether the provider is well and answered that it does not sell this, or not yet, or not to this account.
    fileprivate var isAnswer: Bool {
        switch self {
        case .forbidden, .symbolUnknown, .notAvailableYet, .badRequest, .unsupported: true
        default: false
        }
    }
}

extension BreakerReport {
    fileprivate init(_ provider: ProviderID, _ breaker: CircuitBreaker, tick: Int64, wallClock: Timestamp) {
        let state: State
        switch breaker.state {
        case .closed: state = .closed
        // It lets the next call through, so it is half open for all who ask.
        case .open(let untilTick): state = tick < untilTick ? .open : .halfOpen
        case .halfOpen: state = .halfOpen
        }
        self.init(
            provider: provider,
            state: state,
            since: wallClock.advancedSaturating(byNanoseconds: breaker.sinceTick.subtractingSaturating(tick)),
            failures: breaker.failuresInRow
        )
    }
}
