import Locking
import MarketData
import Providers
import TestSupport
import Testing

@testable import Providers

@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct DatabentoFaultTests {
    private let start = "2026-01-12T00:00:00Z"
    private let end = "2026-01-13T00:00:00Z"

    /// Every way in which a transfer can end too early.
    @Test(arguments: [
        #"{"after_records":1000,"ending":"abort"}"#,
        #"{"after_records":1000,"ending":"reset"}"#,
        #"{"after_records":1000,"ending":"abort","framing":"length"}"#,
        #"{"after_records":1000,"ending":"abort","framing":"close"}"#,
        #"{"after_records":1000,"ending":"clean","mid_record":true}"#,
        #"{"after_records":1000,"ending":"open_zstd"}"#,
        #"{"after_bytes":9001,"ending":"abort"}"#,
        #"{"after_bytes":40,"ending":"abort"}"#,
        #"{"after_bytes":0,"ending":"abort"}"#,
        #"{"after_bytes":0,"ending":"clean"}"#,
    ])
    func aCutAnswerIsResumedBehindItsLastRecord(fault: String) async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("settings", #"{"frame_records":100}"#)
            try await fixture.standIn.post("faults", fault)

            let fetched = try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)

            let truth = bars(
                try await fixture.standIn.truth("ESH6", schema: "ohlcv-1m", start: self.start, end: self.end)
            )
            let purchases = try await fixture.standIn.purchases()
            #expect(fetched.records == truth)
            #expect(fetched.range == (try range(self.start, self.end)))
            #expect(purchases.count == 2)
            #expect(fetched.receipt.requestCount == 2)
            #expect(fixture.clock.sleeps.count == 1)
            // A reset may throw away what the client had not read; all else is bought once.
            if !fault.contains("reset") {
                #expect(purchases.map(\.records_sent).reduce(0, +) == truth.count)
                #expect(fetched.receipt.recordCount == truth.count)
            }
            if let first = purchases.first, first.records_sent > 0, let second = purchases.last {
                let last = truth[first.records_sent - 1].timestamp
                #expect(second.start <= last.nanoseconds + 60_000_000_000)
            }
        }
    }

    @Test func aBodyThatEndsWithItsConnectionIsNeverTakenForWhole() async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 2
        } _: { fixture in
            try await fixture.standIn.post("faults", #"{"framing":"close","ending":"clean","count":-1}"#)

            // It ends in a weekend: no last record says that nothing is missing.
            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, "2026-01-09T00:00:00Z", "2026-01-10T12:00:00Z")
            }

            #expect(error?.code == .cut)
        }
    }

    @Test(arguments: [
        #"{"after_records":1000,"ending":"abort","count":2}"#,
        #"{"mutate":"error_record","mutate_at":1000,"ending":"clean"}"#,
    ])
    func whatCameBeforeAFailureIsBilledAndSaid(fault: String) async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 1
        } _: { fixture in
            try await fixture.standIn.post("faults", fault)

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)
            }

            let receipt = try #require(error?.receipt)
            #expect(receipt.recordCount == 1000 && receipt.byteCount == 56_000 && receipt.requestCount == 1)
            #expect(receipt.costUSD == 56_000 * 280 / 1e9)
        }
    }

    @Test func aCutBehindTheVeryLastRecordBuysNothingAgain() async throws {
        try await DatabentoFixture.with { fixture in
            let end = "2026-01-12T15:10:00Z"
            try await fixture.standIn.post("faults", #"{"after_records":10,"ending":"abort"}"#)

            let fetched = try await fixture.fetch("ESH6", .oneMinute, "2026-01-12T15:00:00Z", end)

            #expect(fetched.records.count == 10)
            #expect(fetched.range?.end == (try Timestamp(parsing: end)))
            #expect(try await fixture.standIn.purchases().map(\.records_sent) == [10])
        }
    }

    @Test func quotesAreResumedToo() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"after_records":100,"ending":"abort"}"#)

            let fetched = try await fixture.fetchQuotes("ESH6", .oneMinute, self.start, self.end)

            let truth = try await fixture.standIn.truth("ESH6", schema: "bbo-1m", start: self.start, end: self.end)
            #expect(fetched.records == quotes(truth))
            #expect(try await fixture.standIn.purchases().map(\.records_sent).reduce(0, +) == truth.count)
        }
    }

    @Test func afterTheAllowedAttemptsTheDeliveredPiecesStandAndTheErrorIsThrown() async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 3
        } _: { fixture in
            try await fixture.standIn.post("faults", #"{"after_records":100,"ending":"abort","count":-1}"#)
            let request = FetchRequest(
                series: try fixture.series("ESH6", .oneMinute),
                range: try range(self.start, self.end),
                requestID: "test"
            )
            var pieces: [FetchedPiece<Bar>] = []

            let error = try await providerError { try await fixture.provider.fetchBars(request) { pieces.append($0) } }

            let truth = bars(
                try await fixture.standIn.truth("ESH6", schema: "ohlcv-1m", start: self.start, end: self.end)
            )
            #expect(error?.code == .cut)
            #expect(pieces.flatMap(\.records) == Array(truth.prefix(300)))
            #expect(try await fixture.standIn.purchases().count == 3)
            #expect(fixture.clock.sleeps.count == 2)
        }
    }

    @Test(arguments: [
        "wrong_instrument", "out_of_order", "before_range", "after_range", "off_grid", "error_record", "not_dbn",
    ])
    func nonsenseIsACorruptAnswerAndNotAskedForAgain(kind: String) async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"mutate":"\#(kind)","mutate_at":20,"ending":"clean"}"#)

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)
            }

            #expect(error?.code == .corruptAnswer)
            #expect(try await fixture.standIn.purchases().count == 1)
        }
    }

    @Test func aRecordWithoutAPriceIsNoBarButItsPeriodIsKnown() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"mutate":"undefined_price","mutate_at":20,"ending":"clean"}"#)

            let fetched = try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)

            var truth = bars(
                try await fixture.standIn.truth("ESH6", schema: "ohlcv-1m", start: self.start, end: self.end)
            )
            truth.remove(at: 20)
            #expect(fetched.records == truth)
            #expect(fetched.range == (try range(self.start, self.end)))
            #expect(fetched.receipt.recordCount == truth.count + 1)
        }
    }

    /// Whoever took over may be asking already.
    @Test func noAttemptFollowsTheLossOfTheLease() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"status":503}"#)
            let looks = Locked(0)

            let permission = RequestPermission {
                looks.withLock { count in
                    count += 1
                    return count == 1
                }
            }
            let error = try await RequestPermission.$current.withValue(permission) {
                try await providerError { try await fixture.fetch("ESH6", .oneMinute, self.start, self.end) }
            }

            #expect(error?.code == .leaseLost)
            #expect(looks.withLock { $0 } == 2, "once before the request, once before its repetition")
            #expect(try await fixture.standIn.purchases().isEmpty)
        }
    }

    @Test func retryAfterIsHonoured() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"status":429,"headers":{"Retry-After":"7"}}"#)

            let fetched = try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)

            #expect(!fetched.records.isEmpty)
            #expect(fixture.clock.sleeps == [.seconds(7)])
        }
    }

    @Test func aRetryAfterThatIsTooLongIsHandedOn() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"status":429,"headers":{"Retry-After":"3600"}}"#)

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)
            }

            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(3_600))
            #expect(fixture.clock.sleeps.isEmpty)
        }
    }

    @Test func waitsBetweenAttemptsGrowToTheirLimit() async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 5
            $0.backoffBase = .seconds(1)
            $0.backoffMax = .seconds(4)
        } _: { fixture in
            try await fixture.standIn.post("faults", #"{"status":503,"count":-1}"#)

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)
            }

            #expect(error?.code == .unavailable)
            #expect(fixture.clock.sleeps.map { Int($0 / .milliseconds(1)) } == [999, 1_999, 3_998, 3_998])
        }
    }

    @Test func aNarrowerEndInARefusalIsUsedAndRemembered() async throws {
        try await DatabentoFixture.with { fixture in
            let narrow = """
                {"status":422,"case":"data_end_after_available_end","message":"too new",
                 "payload":{"available_end":"2026-01-13T12:00:00.000000000Z"}}
                """
            try await fixture.standIn.post("faults", narrow)

            let fetched = try await fixture.fetch("ESH6", .oneMinute, self.start, "2026-01-14T00:00:00Z")

            let series = try fixture.series("ESH6", .oneMinute)
            #expect(fetched.range == (try range(self.start, "2026-01-13T12:00:00Z")))
            #expect(fetched.pieces.last?.settledEnd == (try Timestamp(parsing: "2026-01-13T11:59:00Z")))
            #expect(
                try await fixture.provider.availability(of: series).end == Timestamp(parsing: "2026-01-13T12:00:00Z")
            )
            #expect(fixture.clock.sleeps.isEmpty)

            fixture.clock.advance(by: .seconds(31))
            #expect(
                try await fixture.provider.availability(of: series).end == Timestamp(parsing: "2026-01-14T15:30:30Z")
            )
        }
    }

    @Test func anErrorOfTheCallersOwnIsHandedOnAsItIs() async throws {
        struct StoreDown: Error {}
        try await DatabentoFixture.with { fixture in
            let request = FetchRequest(
                series: try fixture.series("ESH6", .oneMinute),
                range: try range(self.start, self.end),
                requestID: "test"
            )

            await #expect(throws: StoreDown.self) {
                _ = try await fixture.provider.fetchBars(request) { _ in throw StoreDown() }
            }
            await #expect(throws: ProviderError.self) {
                _ = try await fixture.provider.fetchBars(request) { _ in
                    throw ProviderError(.unavailable, "not to retry")
                }
            }

            #expect(try await fixture.standIn.purchases().count == 2)
        }
    }

    @Test func cancellationEndsTheTransferAtTheServer() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"after_records":100,"ending":"stall"}"#)
            let task = Task { try await fixture.fetch("ESH6", .oneMinute, self.start, self.end) }
            #expect(try await fixture.standIn.wait(outcome: "in_progress", bytesSent: 1))

            task.cancel()

            let error = try await providerError { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(try await fixture.standIn.wait(outcome: "aborted_by_client"))
        }
    }

    @Test func aServerThatFallsSilentIsGivenUpOn() async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 1
            $0.stallTimeout = .seconds(1)
        } _: { fixture in
            try await fixture.standIn.post("faults", #"{"after_records":100,"ending":"stall"}"#)

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, self.start, self.end)
            }

            #expect(error?.code == .timedOut)
        }
    }
}
