import Locking
public import Metrics

/// Collects the process's metrics and prints them in Prometheus' text format (version 0.0.4).
///
/// It is the `MetricsFactory` that `MetricsSystem.bootstrap` receives. Names are made valid (`http.requests` becomes
/// `http_requests`), counters end in `_total`, timers in `_seconds`. A metric with more label sets than allowed counts
/// the rest under the label value `overflow`, so that no client can grow the process's memory with labels.
public final class PrometheusRegistry: Sendable {
    /// Limits and bucket bounds.
    public struct Configuration: Sendable {
        /// Metrics (names) at most; one more is not exported and counted in `tapedeck_metrics_refused_total`.
        public var familiesMax = 500
        /// Label sets of one metric at most; one more is counted under the label value `overflow`.
        public var seriesPerFamilyMax = 200
        /// The upper bounds of a timer's buckets, in seconds, ascending.
        public var durationBuckets: [Double] = [
            0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
            0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
        ]
        /// The upper bounds of a recorder's buckets, ascending.
        public var valueBuckets: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
        /// What is printed behind `# HELP`, by exported name.
        public var help = [
            "tapedeck_http_answer_duration_seconds": "Time until an answer with market data began, by its outcome.",
            "tapedeck_http_answers_total":
                "Answers of the routes with market data, by route and outcome; refused is every error.",
            "tapedeck_http_incomplete_answers_total": "Answers of which a part is missing, by each reason.",
            "tapedeck_http_client_requests_total": "Requests taken on, by the client's configured name.",
            "tapedeck_http_connections_cut_total": "Connections of slow clients that were cut off, by reason.",
            "tapedeck_http_refusals_total": "Requests refused at the door, by reason.",
            "tapedeck_http_requests_total": "Requests answered, by route and status.",
            "tapedeck_http_request_duration_seconds": "Time until an answer began, by route.",
            "tapedeck_upstream_duration_seconds":
                "How long providers took, by provider and call, what is answered from memory included.",
            "tapedeck_upstream_errors_total": "Calls of providers that failed in the end, by provider and code.",
            "tapedeck_upstream_retry_wait_seconds": "Waits before a failed upstream request was made again.",
        ]

        /// Creates a configuration with the defaults.
        public init() {}
    }

    private struct State {
        var families: [String: PrometheusFamily] = [:]
        var refusedCount: Int64 = 0
    }

    private let configuration: Configuration
    private let state = Locked(State())

    /// Creates an empty registry.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// All metrics in Prometheus' text format, sorted by name, ending in a newline.
    public func text() -> String {
        let (families, refusedCount) = self.state.withLock { state in
            (state.families.values.sorted { $0.name < $1.name }, state.refusedCount)
        }
        var text = ""
        for family in families {
            family.write(to: &text, help: self.configuration.help[family.name])
        }
        text += "# HELP tapedeck_metrics_refused_total Metrics that were not exported because a limit was reached.\n"
        text += "# TYPE tapedeck_metrics_refused_total counter\n"
        text += "tapedeck_metrics_refused_total \(refusedCount)\n"
        return text
    }

    /// The metric of this name, kind and label set, made when it is new; nil when a limit or another kind of the same
    /// name stands in its way.
    func metric(
        _ name: String,
        kind: PrometheusFamily.Kind,
        dimensions: [(String, String)],
        make: () -> any PrometheusMetric
    ) -> (any PrometheusMetric)? {
        let labels = PrometheusLabels(dimensions)
        // `make` only allocates: calling it under the lock calls out to nobody.
        return self.state.withLock { state -> (any PrometheusMetric)? in
            if state.families[name] == nil {
                guard state.families.count < self.configuration.familiesMax else {
                    state.refusedCount += 1
                    return nil
                }
                state.families[name] = PrometheusFamily(
                    name: name,
                    kind: kind,
                    seriesMax: self.configuration.seriesPerFamilyMax
                )
            }
            guard state.families[name]?.kind == kind else {
                state.refusedCount += 1
                return nil
            }
            return state.families[name]?.metric(labels, make: make)
        }
    }

    /// Forgets the metric that `handler` is.
    private func remove(_ handler: AnyObject) {
        self.state.withLock { state in
            for name in state.families.keys {
                state.families[name]?.remove(handler)
                if state.families[name]?.isEmpty == true { state.families[name] = nil }
            }
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    /// A counter; its exported name ends in `_total`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = PrometheusName.metric(label, suffix: "_total")
        let metric = self.metric(name, kind: .counter, dimensions: dimensions) { PrometheusCounter() }
        return metric as? PrometheusCounter ?? NOOPMetricsHandler.instance
    }

    /// A counter of fractions; its exported name ends in `_total`.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let name = PrometheusName.metric(label, suffix: "_total")
        let metric = self.metric(name, kind: .counter, dimensions: dimensions) { PrometheusGauge() }
        return metric as? PrometheusGauge ?? NOOPMetricsHandler.instance
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.gauge(label: label, dimensions: dimensions) ?? NOOPMetricsHandler.instance
    }

    /// A histogram when it aggregates, else a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return self.gauge(label: label, dimensions: dimensions) ?? NOOPMetricsHandler.instance }
        let name = PrometheusName.metric(label, suffix: "")
        let bounds = self.configuration.valueBuckets
        let metric = self.metric(name, kind: .histogram, dimensions: dimensions) {
            PrometheusHistogram(upperBounds: bounds)
        }
        return metric as? PrometheusHistogram ?? NOOPMetricsHandler.instance
    }

    /// A histogram of seconds; its exported name ends in `_seconds`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = PrometheusName.metric(label, suffix: "_seconds")
        let bounds = self.configuration.durationBuckets
        let metric = self.metric(name, kind: .histogram, dimensions: dimensions) {
            PrometheusHistogram(upperBounds: bounds)
        }
        return metric as? PrometheusHistogram ?? NOOPMetricsHandler.instance
    }

    private func gauge(label: String, dimensions: [(String, String)]) -> PrometheusGauge? {
        let name = PrometheusName.metric(label, suffix: "")
        return self.metric(name, kind: .gauge, dimensions: dimensions) { PrometheusGauge() } as? PrometheusGauge
    }

    /// Stops exporting a counter.
    public func destroyCounter(_ handler: any CounterHandler) { self.remove(handler) }
    /// Stops exporting a counter of fractions.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { self.remove(handler) }
    /// Stops exporting a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { self.remove(handler) }
    /// Stops exporting a recorder.
    public func destroyRecorder(_ handler: any RecorderHandler) { self.remove(handler) }
    /// Stops exporting a timer.
    public func destroyTimer(_ handler: any TimerHandler) { self.remove(handler) }
}
