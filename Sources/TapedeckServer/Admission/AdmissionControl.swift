import HTTPTypes
import Locking

/// Takes requests on or refuses them, by the worker's limits.
final class AdmissionControl: Sendable {
    private let limits: AdmissionLimits
    private let state: Locked<AdmissionState>
    private let elapsed: @Sendable () -> Duration
    private let metrics: HTTPMetrics

    /// `elapsed` tells the time since some fixed instant.
    init(_ limits: AdmissionLimits, elapsed: @escaping @Sendable () -> Duration, metrics: HTTPMetrics) {
        self.limits = limits
        self.state = Locked(AdmissionState(limits))
        self.elapsed = elapsed
        self.metrics = metrics
    }

    /// The place of a request that is taken on.
    ///
    /// Throws what a refused one is answered.
    func admit(_ source: RequestSource) throws(Problem) -> RequestPermit {
        let now = self.elapsed()
        switch self.state.withLock({ $0.begin(source, at: now) }) {
        case .admitted(let key):
            self.metrics.recordRequest(of: source.label)
            return RequestPermit { [state] in state.withLock { $0.end(key) } }
        case .workerIsBusy:
            self.metrics.recordRefusal("worker-busy")
            throw .busy(
                .serviceUnavailable,
                "worker-busy",
                title: "The worker is busy",
                detail: "it answers \(self.limits.requestsMax) requests at once at most",
                retryAfter: .seconds(1)
            )
        case .clientIsBusy:
            self.metrics.recordRefusal("client-busy")
            throw .busy(
                .tooManyRequests,
                "client-busy",
                title: "Too many requests at once",
                detail: "a client has \(self.limits.clientRequestsMax) requests under way at once at most",
                retryAfter: .seconds(1)
            )
        case .tooFast(let wait):
            self.metrics.recordRefusal("too-many-requests")
            throw .busy(
                .tooManyRequests,
                "too-many-requests",
                title: "Too many requests",
                detail: "a client makes \(self.limits.clientRateMax) requests a second at most, and "
                    + "\(self.limits.clientBurstMax) at once after a pause",
                retryAfter: wait
            )
        }
    }
}
