/// All exported series of one metric name.
struct PrometheusFamily {
    /// What is printed behind `# TYPE`.
    enum Kind: String {
        case counter, gauge, histogram
    }

    let name: String
    let kind: Kind
    private let seriesMax: Int
    private var series: [PrometheusLabels: any PrometheusMetric] = [:]

    /// Creates a family without series; beyond `seriesMax` label sets all further ones share one.
    init(name: String, kind: Kind, seriesMax: Int) {
        self.name = name
        self.kind = kind
        self.seriesMax = seriesMax
    }

    /// Whether no series is left.
    var isEmpty: Bool { self.series.isEmpty }

    /// The metric of a label set, made when it is new.
    mutating func metric(_ labels: PrometheusLabels, make: () -> any PrometheusMetric) -> any PrometheusMetric {
        if let metric = self.series[labels] { return metric }
        let key = self.series.count < self.seriesMax ? labels : labels.overflow
        if let metric = self.series[key] { return metric }
        let metric = make()
        self.series[key] = metric
        return metric
    }

    /// Forgets a metric by identity.
    mutating func remove(_ metric: AnyObject) {
        guard let labels = self.series.first(where: { $0.value === metric })?.key else { return }
        self.series[labels] = nil
    }

    /// Appends the family's lines.
    func write(to text: inout String, help: String?) {
        if let help {
            let escaped = help.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
                .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
            text += "# HELP \(self.name) \(escaped)\n"
        }
        text += "# TYPE \(self.name) \(self.kind.rawValue)\n"
        for (labels, metric) in self.series.sorted(by: { $0.key.text < $1.key.text }) {
            metric.write(to: &text, name: self.name, labels: labels)
        }
    }
}
