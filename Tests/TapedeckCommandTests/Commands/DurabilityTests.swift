import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct DurabilityTests {
    private let uri = "/v1/bars?symbol=ES.c.0&timeframe=1h&start=2025-01-06&end=2025-01-07"

    @Test func sigtermDuringARequestFinishesIt() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(
                folder: folder.path,
                environment: ["TAPEDECK_SIMULATED_LATENCY": "1s"]
            )

            async let answer = worker.ask(self.uri)
            while !(try await worker.ask("/metrics").text.contains("tapedeck_fetches 1\n")) { await Task.yield() }
            worker.program.send(SIGTERM)

            let (status, text, _) = try await answer
            let outcome = await worker.program.finished()
            #expect(status == 200)
            #expect(text.contains("\"complete\":true"))
            #expect(outcome.exitCode == 0)

            // What was bought for it is kept.
            let coverage = try await ChildProgram.run(["coverage", "ES.c.0", "1h"], folder: folder.path)
            #expect(coverage.output.contains("2025-01-06T00:00:00Z  2025-01-07T00:00:00Z  final"))
        }
    }

    @Test func aRequestThatDoesNotEndDoesNotHoldUpTheShutdown() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(
                folder: folder.path,
                environment: ["TAPEDECK_SIMULATED_LATENCY": "1h", "TAPEDECK_SHUTDOWN_TIMEOUT": "100ms"]
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await worker.ask(self.uri) }
                while !(try await worker.ask("/metrics").text.contains("tapedeck_fetches 1\n")) { await Task.yield() }

                let outcome = await worker.stop()

                #expect(outcome.exitCode == 0)
                group.cancelAll()
            }
        }
    }

    @Test func whatWasAnsweredSurvivesKillMinus9() async throws {
        try await TemporaryFolder.with { folder in
            let first = try await RunningWorker(folder: folder.path)
            let bought = try await first.ask(self.uri)
            first.program.send(SIGKILL)
            _ = await first.program.finished()

            let second = try await RunningWorker(folder: folder.path)
            let answer = try await second.ask(self.uri)
            _ = await second.stop()

            #expect(bought.status == 200)
            #expect(answer.text == bought.text)
            #expect(answer.headers[.tier] == "database")
        }
    }

    @Test func aPurchaseThatWasKilledIsInTheLedgerAndIsMadeAgain() async throws {
        try await TemporaryFolder.with { folder in
            let first = try await RunningWorker(
                folder: folder.path,
                environment: ["TAPEDECK_SIMULATED_LATENCY": "1h"]
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await first.ask(self.uri) }
                while !(try await first.ask("/metrics").text.contains("tapedeck_fetches 1\n")) { await Task.yield() }
                first.program.send(SIGKILL)
                _ = await first.program.finished()
                group.cancelAll()
            }

            let second = try await RunningWorker(folder: folder.path)
            let answer = try await second.ask(self.uri)
            _ = await second.stop()

            #expect(answer.status == 200)
            #expect(answer.headers[.tier] == "provider")
        }
    }

    @Test func aWorkerAndCommandsShareOneFile() async throws {
        try await TemporaryFolder.with { folder in
            let worker = try await RunningWorker(folder: folder.path)
            let answer = try await worker.ask(self.uri)

            let bars = try await ChildProgram.run(
                ["bars", "ES.c.0", "1h", "--start", "2025-01-06", "--end", "2025-01-07", "--json"],
                folder: folder.path
            )
            _ = await worker.stop()

            #expect(bars.exitCode == 0)
            #expect(bars.output == answer.text + "\n")
            #expect(bars.errors.isEmpty)
        }
    }
}

extension HTTPField.Name {
    /// Where an answer comes from.
    fileprivate static var tier: HTTPField.Name? { HTTPField.Name("X-Tapedeck-Tier") }
}

extension HTTPFields {
    /// The value of a header whose name may not exist.
    fileprivate subscript(_ name: HTTPField.Name?) -> String? { name.flatMap { self[$0] } }
}
