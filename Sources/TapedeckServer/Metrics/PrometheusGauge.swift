import Locking
import Metrics

/// A number that goes up and down; also a counter of fractions.
final class PrometheusGauge: MeterHandler, RecorderHandler, FloatingPointCounterHandler, PrometheusMetric {
    private let value = Locked(0.0)

    func set(_ value: Int64) { self.set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func record(_ value: Int64) { self.set(Double(value)) }
    func record(_ value: Double) { self.set(value) }
    func increment(by amount: Double) { self.value.withLock { $0 += amount } }
    func decrement(by amount: Double) { self.value.withLock { $0 -= amount } }
    func reset() { self.set(0.0) }

    func write(to text: inout String, name: String, labels: PrometheusLabels) {
        text += "\(name)\(labels.braced()) \(prometheusNumber(self.value.withLock { $0 }))\n"
    }
}
