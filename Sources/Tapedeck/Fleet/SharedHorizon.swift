internal import MarketData

/// From when to when a provider had a series, as workers tell each other: with a time by the database's clock, which they
/// share.
struct SharedHorizon: Hashable, Sendable {
    /// The start of what the provider has.
    let start: Timestamp
    /// The end of what the provider has.
    let availableEnd: Timestamp
    /// When the provider was asked, by the database's clock.
    let askedAt: Timestamp
    /// How long after that it is believed, in nanoseconds.
    let lifetime: Int64
    /// How long a closed market's newest bars may be answered from it, in nanoseconds, nil while it trades.
    let restLifetime: Int64?

    /// What is shared of a horizon; `databaseNow` and `tick` are one moment by the database's and by this process's clock.
    init(_ horizon: Horizon, databaseNow: Timestamp, tick: Int64) {
        let age = tick.subtractingSaturating(horizon.askedTick)
        self.init(
            start: horizon.start,
            availableEnd: horizon.availableEnd,
            askedAt: databaseNow.advancedSaturating(byNanoseconds: -age),
            lifetime: horizon.deadlineTick.subtractingSaturating(horizon.askedTick),
            restLifetime: horizon.restDeadlineTick?.subtractingSaturating(horizon.askedTick)
        )
    }

    init(start: Timestamp, availableEnd: Timestamp, askedAt: Timestamp, lifetime: Int64, restLifetime: Int64?) {
        self.start = start
        self.availableEnd = availableEnd
        self.askedAt = askedAt
        self.lifetime = lifetime
        self.restLifetime = restLifetime
    }

    /// The horizon by the clock of the process that has heard of it.
    ///
    /// One that claims to come from the future counts as asked just now.
    func horizon(of timeframe: Timeframe, databaseNow: Timestamp, tick: Int64) -> Horizon {
        let age = max(0, databaseNow.nanoseconds.subtractingSaturating(self.askedAt.nanoseconds))
        let asked = tick.subtractingSaturating(age)
        return Horizon(
            start: self.start,
            availableEnd: self.availableEnd,
            timeframe: timeframe,
            askedTick: asked,
            deadlineTick: asked.addingSaturating(self.lifetime),
            restDeadlineTick: self.restLifetime.map { asked.addingSaturating($0) }
        )
    }
}
