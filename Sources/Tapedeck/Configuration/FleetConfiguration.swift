/// How a worker takes part in the fleet of those that share its database.
public struct FleetConfiguration: Sendable {
    /// What is brought into memory when another worker has stored something.
    public var warming = WarmingPolicy.all
    /// Bars read for one notice at most, the newest first.
    public var warmingBarsMax = 2_000
    /// Series whose changed bars wait to be read at most; further ones are only forgotten.
    public var warmingSeriesMax = 1_000
    /// Series whose changed bars are read together at most; together they have `warmingBarsMax` bars, unless one has more.
    public var warmingBatchSeriesMax = 16
    /// The shortest time between the beginnings of two such reads while there is more to be read.
    public var warmingInterval: Duration = .milliseconds(8)
    /// Changes that wait to be told to the others at most; with more they are told to compare everything.
    public var noticesMax = 5_000
    /// The shortest time between two notices while there is more to be told: so many times the first as workers are telling
    /// something, because each of them hears each notice, up to the second.
    public var noticeInterval: ClosedRange<Duration> = .milliseconds(2) ... .milliseconds(50)
    /// How long after an attempt to tell the others that failed the next one is made; what is to be told waits meanwhile.
    public var noticeRetryInterval: Duration = .milliseconds(250)
    /// How long sending a notice over one of the store's connections may take before it is tried again.
    public var noticeTimeout: Duration = .seconds(2)
    /// How long the end of the process waits at most until everything is told.
    public var farewellTimeout: Duration = .seconds(2)
    /// How often versions are compared while no notices can be heard.
    public var comparingInterval: Duration = .milliseconds(250)
    /// How often it is looked whether another process has changed a SQLite file.
    public var fileInterval: Duration = .milliseconds(20)
    /// How long a commit may stay unheard of, that later ones show to be missing, before versions are compared.
    public var gapGrace: Duration = .seconds(1)
    /// How long a worker may be silent before versions are compared, as it may have died before it told what it stored.
    ///
    /// Longer than the time between two heartbeats, 2 s.
    public var heartbeatTimeout: Duration = .seconds(5)
    /// How long after the last comparison versions are compared whatever was heard.
    public var comparisonAgeMax: Duration = .seconds(60)
    /// How long after its last message a worker counts as one of the fleet.
    public var peerSilence: Duration = .seconds(30)
    /// Workers told apart at most.
    public var peersMax = 1_000
    /// Series whose numbers are remembered at most.
    public var namesMax = 20_000

    /// Creates a configuration with the defaults.
    public init() {}
}
