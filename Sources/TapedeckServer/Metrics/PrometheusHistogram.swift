import Locking
import Metrics

/// A distribution over fixed buckets.
///
/// As a timer it records seconds.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusMetric {
    private struct State {
        /// One count for each bound and one for what lies above the last; not cumulative.
        var counts: [Int64]
        var sum = 0.0
    }

    private let upperBounds: [Double]
    private let state: Locked<State>

    /// Creates an empty histogram; the bounds ascend.
    init(upperBounds: [Double]) {
        self.upperBounds = upperBounds
        self.state = Locked(State(counts: Array(repeating: 0, count: upperBounds.count + 1)))
    }

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        let bucket = self.upperBounds.firstIndex { value <= $0 } ?? self.upperBounds.count
        self.state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }

    func write(to text: inout String, name: String, labels: PrometheusLabels) {
        let (counts, sum) = self.state.withLock { ($0.counts, $0.sum) }
        var cumulative: Int64 = 0
        for (bound, count) in zip(self.upperBounds + [.infinity], counts) {
            cumulative += count
            text += "\(name)_bucket\(labels.braced(adding: "le=\"\(prometheusNumber(bound))\"")) \(cumulative)\n"
        }
        text += "\(name)_sum\(labels.braced()) \(prometheusNumber(sum))\n"
        text += "\(name)_count\(labels.braced()) \(cumulative)\n"
    }
}
