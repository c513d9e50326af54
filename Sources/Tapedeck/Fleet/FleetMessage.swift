internal import MarketData

/// What a worker tells the others in one notice.
///
/// Messages are hints: one that is lost, doubled or late costs a look at the database, never a wrong answer.
struct FleetMessage: Hashable, Sendable {
    /// Who sends it.
    let sender: WorkerID
    /// The sender's messages are numbered from 1 on, so that a receiver sees that one is missing; a heartbeat has the number
    /// of the last message before it.
    let number: Int64
    /// What it tells; nothing in a heartbeat.
    let entries: [Entry]

    /// Whether it tells only that its sender is there.
    var isHeartbeat: Bool { self.entries.isEmpty }

    enum Entry: Hashable, Sendable {
        /// Commits to a series.
        case stored(StoredNotice)
        /// The newest prices of a symbol were stored.
        case latest(LatestKey)
        /// Whoever waits for another worker's fetch is to look again: it has ended, maybe without storing anything.
        case released(FlightKey)
        /// More has changed than is told: what is held is to be compared with the database.
        case everything
        /// The sender stops.
        case leaving
    }
}

/// Commits to one series, told together.
struct StoredNotice: Hashable, Sendable {
    /// The number of the series' row.
    let seriesID: Int64
    /// The versions that the commits made.
    var versions: ClosedRange<Int64>
    /// Everything that they changed lies in it.
    var range: TimeRange
    /// Whether receivers are to bring the range into memory; of a backfill's old parts they only forget what they hold.
    var isWarm: Bool
    /// What the sender knows of the provider's end.
    var horizon: SharedHorizon?

    /// The notice of both; nil where they are about different series.
    func joined(with other: StoredNotice) -> StoredNotice? {
        guard self.seriesID == other.seriesID,
            // Versions between them that others made are not to be claimed.
            self.versions.upperBound < Int64.max, other.versions.upperBound < Int64.max,
            self.versions.lowerBound <= other.versions.upperBound + 1,
            other.versions.lowerBound <= self.versions.upperBound + 1,
            let range = TimeRange(
                min(self.range.start, other.range.start),
                max(self.range.end, other.range.end)
            )
        else { return nil }
        let isNewer = other.versions.upperBound >= self.versions.upperBound
        return StoredNotice(
            seriesID: self.seriesID,
            versions: min(
                self.versions.lowerBound,
                other.versions.lowerBound
            )...max(
                self.versions.upperBound,
                other.versions.upperBound
            ),
            range: range,
            isWarm: self.isWarm || other.isWarm,
            horizon: (isNewer ? other.horizon : self.horizon) ?? self.horizon ?? other.horizon
        )
    }
}

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
