/// How much a worker takes on, each limit with its default.
public struct AdmissionLimits: Sendable, Equatable {
    /// Requests under way at once at most, until their answers are sent; one more is refused with 503.
    public var requestsMax = 500
    /// Requests of one client under way at once at most; one more is refused with 429.
    public var clientRequestsMax = 100
    /// Requests a second of one client at most, in the long run; more are refused with 429.
    public var clientRateMax = 5_000
    /// Requests of one client that may come at once after a pause.
    public var clientBurstMax = 10_000
    /// Clients that are told apart at most; further ones share one allowance until others have been quiet.
    public var clientsMax = 10_000

    /// Creates limits with the defaults.
    public init() {}
}
