/// Decides which requests are taken on.
///
/// It is pure state, with no clocks or locks. `AdmissionControl` carries its decisions out.
struct AdmissionState {
    /// What becomes of a request.
    enum Decision: Equatable {
        /// It is taken on, and counts until `end` is called with the same key.
        case admitted(Key)
        /// The worker has as many requests as it may.
        case workerIsBusy
        /// The client has as many requests as it may.
        case clientIsBusy
        /// The client asks too often; it may ask again after this time.
        case tooFast(Duration)
    }

    /// Under which client a request is counted.
    enum Key: Hashable {
        /// A client of its own.
        case source(RequestSource)
        /// All those for whom there was no room.
        case others
    }

    private struct Client {
        var bucket = TokenBucket()
        var requestCount = 0
    }

    private let limits: AdmissionLimits
    private let rate: TokenBucket.Rate
    private var clients: [Key: Client] = [:]
    /// Requests under way.
    private(set) var requestCount = 0

    init(_ limits: AdmissionLimits) {
        self.limits = limits
        self.rate = TokenBucket.Rate(perSecond: limits.clientRateMax, capacity: limits.clientBurstMax)
    }

    /// Clients that are remembered now, the shared one included.
    var clientCount: Int { self.clients.count }

    /// Decides about a request that comes at `now`, an elapsed time.
    ///
    /// A request that is refused for lack of a place takes no token: it was not the client's haste.
    mutating func begin(_ source: RequestSource, at now: Duration) -> Decision {
        guard self.requestCount < self.limits.requestsMax else { return .workerIsBusy }
        let key = self.key(source, at: now)
        var client = self.clients[key] ?? Client()
        guard client.requestCount < self.limits.clientRequestsMax else { return .clientIsBusy }
        if let wait = client.bucket.take(at: now, rate: self.rate) { return .tooFast(wait) }
        client.requestCount += 1
        self.clients[key] = client
        self.requestCount += 1
        return .admitted(key)
    }

    /// Ends a request that was admitted.
    mutating func end(_ key: Key) {
        guard let client = self.clients[key], client.requestCount > 0 else {
            preconditionFailure("A request that ends has begun, and its client is remembered until then.")
        }
        self.clients[key]?.requestCount -= 1
        self.requestCount -= 1
    }

    /// The client's own key, if it is known or there is room for it.
    private mutating func key(_ source: RequestSource, at now: Duration) -> Key {
        let key = Key.source(source)
        if self.clients[key] != nil || self.clients.count < self.limits.clientsMax { return key }
        // A client whose bucket is full and who asks nothing is like one who never came.
        self.clients = self.clients.filter { $0.value.requestCount > 0 || !$0.value.bucket.isFull(at: now) }
        return self.clients.count < self.limits.clientsMax ? key : .others
    }
}
