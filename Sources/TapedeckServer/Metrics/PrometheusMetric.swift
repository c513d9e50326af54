/// One exported series.
protocol PrometheusMetric: AnyObject, Sendable {
    /// Appends the sample's lines.
    func write(to text: inout String, name: String, labels: PrometheusLabels)
}

/// A number as the text format spells it.
func prometheusNumber(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
}
