import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct ServeTests {
    @Test func aWorkerSaysWhatItServesAndStopsCleanlyOnSIGTERM() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(folder: folder.path, arguments: ["--examples"])

            let health = try await worker.ask("/health")
            let ready = try await worker.ask("/ready")
            let outcome = await worker.stop()

            #expect(health.status == 200)
            #expect(ready.text == #"{"status":"ready","mode":"cache","breakers":[]}"#)
            #expect(outcome.exitCode == 0)
            #expect(outcome.output.contains("database sqlite:data/market-cache.db, provider simulated"))
            #expect(outcome.output.components(separatedBy: "  curl 'http://127.0.0.1:\(worker.port)/v1/").count == 4)
            #expect(outcome.errors.contains("provider=simulated"))
            #expect(FileManager.default.fileExists(atPath: folder.path + "/data/market-cache.db"))
        }
    }

    @Test func sigintStopsAWorkerToo() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(folder: folder.path)

            worker.program.send(SIGINT)

            #expect(await worker.program.finished().exitCode == 0)
        }
    }

    @Test func aPortInUseIsAFailureThatNamesIt() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(folder: folder.path)

            let second = try await ChildProgram.run(["serve", "--port", "\(worker.port)"], folder: folder.path)
            _ = await worker.stop()

            #expect(second.exitCode == 1)
            #expect(second.errors.contains("127.0.0.1:\(worker.port)"))
        }
    }

    @Test func secretsAppearNowhere() async throws {
        try await TemporaryFolder.with { folder in
            let secrets = ["db-topsecretkey", "operator-secret", "bot-secret"]
            let worker = try await RunningWorker(
                folder: folder.path,
                environment: [
                    "DATABENTO_API_KEY": secrets[0], "TAPEDECK_ADMIN_TOKEN": secrets[1],
                    "TAPEDECK_TOKENS": "alpha=\(secrets[2])", "TAPEDECK_LOG_LEVEL": "trace",
                    // Nobody listens there.
                    "TAPEDECK_DATABENTO_URL": "http://127.0.0.1:1",
                ]
            )
            let bot: HTTPFields = [.authorization: "Bearer bot-secret"]

            let bars = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2", headers: bot)
            let refused = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2")
            let metrics = try await worker.ask("/metrics", headers: bot)
            let stats = try await worker.ask("/admin/cache/stats", headers: [.authorization: "Bearer operator-secret"])
            let title = try String(contentsOfFile: "/proc/\(worker.program.pid)/cmdline", encoding: .utf8)
            let outcome = await worker.stop()

            #expect(refused.status == 401)
            #expect(stats.status == 200)
            let everything =
                outcome.output + outcome.errors + bars.text + refused.text + metrics.text + stats.text + title
            for secret in secrets { #expect(!everything.contains(secret)) }
        }
    }

    @Test func aFileConfiguresTheWorker() async throws {
        try await TemporaryFolder.with { folder in
            try Data("database: sqlite:other.db\nsimulated-seed: 7\nlog-level: error\n".utf8)
                .write(to: URL(fileURLWithPath: folder.path + "/tapedeck.yaml"))

            let worker = try await RunningWorker(folder: folder.path, arguments: ["--config", "tapedeck.yaml"])
            let outcome = await worker.stop()

            #expect(outcome.output.contains("sqlite:other.db"))
            #expect(outcome.errors.isEmpty)
            #expect(FileManager.default.fileExists(atPath: folder.path + "/other.db"))
        }
    }

    @Test func metricsAreValidAndCountWhatHappened() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(folder: folder.path)
            for _ in 0..<3 {
                _ = try await worker.ask("/v1/bars?symbol=ES.c.0&timeframe=1h&start=2025-01-06&end=2025-01-07")
            }

            let metrics = try await worker.ask("/metrics").text
            _ = await worker.stop()

            #expect(metrics.contains("tapedeck_reads_total{tier=\"provider\"} 1\n"))
            #expect(metrics.contains("tapedeck_reads_total{tier=\"memory\"} 2\n"))
            #expect(metrics.contains("tapedeck_purchases_total 1\n"))
            #expect(metrics.contains("tapedeck_http_requests_total{route=\"/v1/bars\",status=\"200\"} 3\n"))
            var families: Set<String> = []
            var samples: Set<String> = []
            var family = ""
            for line in metrics.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 3).map(String.init)
                if words[0] == "#" {
                    guard words[1] == "TYPE" else { continue }
                    family = words[2]
                    #expect(families.insert(family).inserted, "\(family) is there twice")
                } else {
                    let series = String(line[..<(line.lastIndex(of: " ") ?? line.endIndex)])
                    #expect(series.hasPrefix(family), "\(series) is not of \(family)")
                    #expect(samples.insert(series).inserted, "\(series) is there twice")
                    #expect(Double(line[line.index(after: line.lastIndex(of: " ") ?? line.startIndex)...]) != nil)
                }
            }
        }
    }
}
