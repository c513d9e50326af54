/// Samples of one name that are taken when the metrics are read, in Prometheus' text format.
struct MetricFamily {
    let name: String
    let kind: PrometheusFamily.Kind
    let help: String
    /// Labels in braces, or nothing, and the value.
    let samples: [(labels: String, value: Double)]

    /// The family's lines.
    var text: String {
        self.samples.reduce(into: "# HELP \(self.name) \(self.help)\n# TYPE \(self.name) \(self.kind.rawValue)\n") {
            $0 += "\(self.name)\($1.labels) \(prometheusNumber($1.value))\n"
        }
    }

    /// One number that goes up and down.
    static func gauge(_ name: String, _ help: String, _ value: Int) -> MetricFamily {
        self.gauge(name, help, Double(value))
    }

    /// One number that goes up and down.
    static func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(name: name, kind: .gauge, help: help, samples: [("", value)])
    }

    /// One number that only goes up.
    static func counter(_ name: String, _ help: String, _ value: Int) -> MetricFamily {
        self.counter(name, help, Double(value))
    }

    /// One number that only goes up.
    static func counter(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(name: name, kind: .counter, help: help, samples: [("", value)])
    }
}
