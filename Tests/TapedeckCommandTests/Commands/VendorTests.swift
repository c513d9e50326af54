import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import TapedeckCommand

/// The program against the stand-in for Databento, from the bot's request to the vendor's bytes and back.
@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct VendorTests {
    private struct Bars: Decodable {
        struct Bar: Decodable {
            let o: Double
            let h: Double
            let l: Double
            let c: Double
            let v: Double
            let final: Bool
            let rev: Int
        }

        let provider: String
        let complete: Bool
        let bars: [Bar]
    }

    private let uri = "/v1/bars?symbol=ES.c.0&timeframe=1m&start=2026-01-12&end=2026-01-13"

    private func environment(_ standIn: VendorStandIn, key: String = VendorStandIn.key) -> [String: String] {
        ["DATABENTO_API_KEY": key, "TAPEDECK_DATABENTO_URL": standIn.baseURL, "TAPEDECK_LOG_LEVEL": "trace"]
    }

    /// A worker with the stand-in's key, on databento/GLBX.MDP3 by itself.
    private func with(
        _ body: @Sendable (RunningWorker, VendorStandIn) async throws -> Void
    ) async throws {
        try await VendorStandIn.with { standIn in
            try await TemporaryFolder.with { folder in
                let worker = try await RunningWorker(folder: folder.path, environment: self.environment(standIn))
                try await body(worker, standIn)
                let outcome = await worker.stop()
                #expect(outcome.exitCode == 0)
                #expect(!(outcome.output + outcome.errors).contains(VendorStandIn.key))
            }
        }
    }

    @Test func barsAreTheVendorsAndBoughtOnce() async throws {
        try await self.with { worker, standIn in
            let first = try await worker.ask(self.uri)
            let second = try await worker.ask(self.uri)

            let answer = try JSONDecoder().decode(Bars.self, from: Data(first.text.utf8))
            let truth = try await standIn.truth(
                "ES.c.0",
                schema: "ohlcv-1m",
                start: "2026-01-12",
                end: "2026-01-13",
                stype: "continuous"
            )
            #expect(first.status == 200)
            #expect(answer.provider == "databento/GLBX.MDP3")
            #expect(answer.complete)
            #expect(answer.bars.count == truth.count && !truth.isEmpty)
            for (bar, record) in zip(answer.bars, truth) {
                #expect(bar.o == Double(record.open ?? 0) / 1e9)
                #expect(bar.h == Double(record.high ?? 0) / 1e9)
                #expect(bar.l == Double(record.low ?? 0) / 1e9)
                #expect(bar.c == Double(record.close ?? 0) / 1e9)
                #expect(bar.v == Double(record.volume ?? 0))
                #expect(bar.final && bar.rev == 1)
            }
            #expect(second.text == first.text)
            #expect(try await standIn.purchases().count == 1)
        }
    }

    @Test func anInstrumentMayBeNamedByItsNumberAndInAnotherDataset() async throws {
        try await self.with { worker, standIn in
            let truth = try await standIn.truth(
                "ESH6",
                schema: "ohlcv-1h",
                start: "2026-01-12",
                end: "2026-01-13"
            )
            let id = try #require(truth.first?.instrument_id)
            let range = "&timeframe=1h&start=2026-01-12&end=2026-01-13"

            let numbered = try await worker.ask("/v1/bars?symbol=\(id)&stype_in=instrument_id\(range)")
            let shares = try await worker.ask("/v1/bars?symbol=AAPL&provider=databento/XNAS.ITCH\(range)")

            let bars = try JSONDecoder().decode(Bars.self, from: Data(numbered.text.utf8)).bars
            #expect(bars.map(\.c) == truth.map { Double($0.close ?? 0) / 1e9 })
            #expect(shares.status == 200)
            #expect(
                try JSONDecoder().decode(Bars.self, from: Data(shares.text.utf8)).provider == "databento/XNAS.ITCH"
            )
        }
    }

    @Test func aRefreshBringsTheVendorsCorrectionAsANewRevision() async throws {
        try await self.with { worker, standIn in
            let uri = "/v1/bars?symbol=ESH6&timeframe=1m&start=2026-01-12&end=2026-01-13"
            _ = try await worker.ask(uri)
            let truth = try await standIn.truth("ESH6", schema: "ohlcv-1m", start: "2026-01-12", end: "2026-01-13")
            let record = try #require(truth.first)
            let volume = (record.volume ?? 0) + 7
            try await standIn.post(
                "revise",
                """
                {"dataset": "GLBX.MDP3", "symbol": "ESH6", "timestamp": \(record.ts_index), "open": \(record.open ?? 0),
                 "high": \(record.high ?? 0), "low": \(record.low ?? 0), "close": \(record.close ?? 0),
                 "volume": \(volume), "modified": "2026-01-14"}
                """
            )

            let refreshed = try await worker.ask(uri + "&refresh=true")

            let bars = try JSONDecoder().decode(Bars.self, from: Data(refreshed.text.utf8)).bars
            #expect(bars.first?.v == Double(volume))
            #expect(bars.first?.rev == 2)
            #expect(bars.dropFirst().allSatisfy { $0.rev == 1 })
        }
    }

    @Test func aWrongKeyIsToldAsTheProvidersRefusal() async throws {
        try await VendorStandIn.with { standIn in
            try await TemporaryFolder.with { folder in
                let key = "db-wrongkey0000000000000000000000"
                let worker = try await RunningWorker(
                    folder: folder.path,
                    environment: self.environment(standIn, key: key)
                )

                let answer = try await worker.ask(self.uri)
                let outcome = await worker.stop()

                #expect(answer.status == 502)
                #expect(answer.text.contains("urn:tapedeck:problem:provider-refused"))
                #expect(!(answer.text + outcome.output + outcome.errors).contains(key))
            }
        }
    }

    @Test func explainTellsTheVendorsPriceAndBuysNothing() async throws {
        try await self.with { worker, standIn in
            let answer = try await worker.ask(self.uri + "&explain=true")

            let json = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
            let estimate = try #require(json?["estimate"] as? [String: Any])
            #expect((estimate["records"] as? Int ?? 0) > 0)
            #expect((estimate["usd"] as? Double ?? 0) > 0)
            #expect(try await standIn.purchases().isEmpty)
        }
    }
}
