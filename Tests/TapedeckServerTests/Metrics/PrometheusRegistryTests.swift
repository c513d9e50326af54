import Metrics
import Testing

@testable import TapedeckServer

@Suite struct PrometheusRegistryTests {
    private let trailer = """
        # HELP tapedeck_metrics_refused_total Metrics that were not exported because a limit was reached.
        # TYPE tapedeck_metrics_refused_total counter
        tapedeck_metrics_refused_total 0

        """

    @Test func countersAreSortedByNameAndLabelsWithHelpAndType() {
        var configuration = PrometheusRegistry.Configuration()
        configuration.help = ["reads_total": "Reads \\ answered,\nby tier."]
        let registry = PrometheusRegistry(configuration: configuration)

        Counter(label: "reads", dimensions: [("tier", "memory")], factory: registry).increment(by: 2)
        Counter(label: "reads", dimensions: [("tier", "database")], factory: registry).increment()
        Counter(label: "errors.seen_total", factory: registry).increment(by: 7)

        #expect(
            registry.text() == """
                # TYPE errors_seen_total counter
                errors_seen_total 7
                # HELP reads_total Reads \\\\ answered,\\nby tier.
                # TYPE reads_total counter
                reads_total{tier="database"} 1
                reads_total{tier="memory"} 2

                """ + self.trailer
        )
    }

    @Test func labelValuesAreEscapedAndNamesMadeValid() {
        let registry = PrometheusRegistry()

        let dimensions = [("sym bol", "a\"b\\c\nd é"), ("__own", "x"), ("9", "y")]
        Counter(label: "9.reads-of:x", dimensions: dimensions, factory: registry).increment()

        #expect(
            registry.text().hasPrefix(
                """
                # TYPE _9_reads_of:x_total counter
                _9_reads_of:x_total{_9="y",label__own="x",sym_bol="a\\"b\\\\c\\nd é"} 1

                """
            )
        )
    }

    @Test func theSameLabelsInAnotherOrderAreTheSameSeries() {
        let registry = PrometheusRegistry()

        Counter(label: "n", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "n", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()

        #expect(registry.text().contains("n_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func gaugesGoUpAndDown() {
        let registry = PrometheusRegistry()
        let meter = Meter(label: "bars", factory: registry)

        meter.set(10)
        meter.increment(by: 2.5)
        meter.decrement(by: 0.25)
        Gauge(label: "ratio", factory: registry).record(Double.infinity)

        #expect(
            registry.text() == """
                # TYPE bars gauge
                bars 12.25
                # TYPE ratio gauge
                ratio +Inf

                """ + self.trailer
        )
    }

    @Test func timersAreCumulativeHistogramsOfSeconds() {
        var configuration = PrometheusRegistry.Configuration()
        configuration.durationBuckets = [0.001, 0.1]
        let registry = PrometheusRegistry(configuration: configuration)
        let timer = Timer(label: "request", dimensions: [("route", "/v1/bars")], factory: registry)

        timer.recordNanoseconds(1_000_000)
        timer.recordNanoseconds(1_000_001)
        timer.recordNanoseconds(2_000_000_000)

        #expect(
            registry.text() == """
                # TYPE request_seconds histogram
                request_seconds_bucket{route="/v1/bars",le="0.001"} 1
                request_seconds_bucket{route="/v1/bars",le="0.1"} 2
                request_seconds_bucket{route="/v1/bars",le="+Inf"} 3
                request_seconds_sum{route="/v1/bars"} 2.002000001
                request_seconds_count{route="/v1/bars"} 3

                """ + self.trailer
        )
    }

    @Test func recordersAreHistogramsWhenTheyAggregate() {
        var configuration = PrometheusRegistry.Configuration()
        configuration.valueBuckets = [10]
        let registry = PrometheusRegistry(configuration: configuration)

        Recorder(label: "rows", factory: registry).record(10)
        Recorder(label: "rows", factory: registry).record(11.5)

        #expect(registry.text().contains("rows_bucket{le=\"10\"} 1\nrows_bucket{le=\"+Inf\"} 2\nrows_sum 21.5\n"))
    }

    @Test func labelSetsBeyondTheLimitAreCountedTogether() {
        var configuration = PrometheusRegistry.Configuration()
        configuration.seriesPerFamilyMax = 2
        let registry = PrometheusRegistry(configuration: configuration)

        for symbol in 0..<1_000 {
            Counter(label: "n", dimensions: [("symbol", "\(symbol)")], factory: registry).increment()
        }

        let lines = registry.text().split(separator: "\n").filter { $0.hasPrefix("n_total") }
        #expect(
            lines == [
                "n_total{symbol=\"0\"} 1", "n_total{symbol=\"1\"} 1", "n_total{symbol=\"overflow\"} 998",
            ]
        )
    }

    @Test func namesBeyondTheLimitAndOfAnotherKindAreRefusedAndCounted() {
        var configuration = PrometheusRegistry.Configuration()
        configuration.familiesMax = 1
        let registry = PrometheusRegistry(configuration: configuration)

        Counter(label: "a", factory: registry).increment()
        Counter(label: "b", factory: registry).increment()
        Meter(label: "a_total", factory: registry).set(5)

        #expect(registry.text().hasPrefix("# TYPE a_total counter\na_total 1\n# HELP"))
        #expect(registry.text().hasSuffix("tapedeck_metrics_refused_total 2\n"))
    }

    @Test func destroyedMetricsAreNoLongerExported() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "a", factory: registry)
        counter.increment()

        counter.destroy()

        #expect(registry.text() == self.trailer)
    }

    @Test func countersMayBeRaisedFromManyTasks() async {
        let registry = PrometheusRegistry()

        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        Counter(label: "a", factory: registry).increment()
                        FloatingPointCounter(label: "b", factory: registry).increment(by: 0.5)
                    }
                }
            }
        }

        #expect(registry.text().contains("a_total 8000\n"))
        #expect(registry.text().contains("b_total 4000\n"))
    }
}
