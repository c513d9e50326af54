import MarketData
import TestSupport
import Testing

@testable import Providers

@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct DatabentoFetchTests {
    @Test(arguments: [
        ("ESH6", Timeframe.oneMinute, "2026-01-09T20:00:00Z", "2026-01-12T16:00:00Z"),
        ("ESH6", .oneSecond, "2026-01-12T15:00:00Z", "2026-01-12T15:30:00Z"),
        ("ES.c.0", .oneHour, "2025-12-15T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("ES.v.1", .oneDay, "2025-06-01T00:00:00Z", "2026-01-14T00:00:00Z"),
        ("NEGATIVE", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("QUIET", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("SILENT", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("instrument_id:90003", .oneHour, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"),
    ])
    func barsAreThoseThatTheVendorsOwnPackageReads(
        symbol: String,
        timeframe: Timeframe,
        start: String,
        end: String
    ) async throws {
        try await DatabentoFixture.with { fixture in
            let parsed = try DatabentoSymbol(parsing: symbol)

            let fetched = try await fixture.fetch(symbol, timeframe, start, end)

            let truth = try await fixture.standIn.truth(
                parsed.name,
                schema: "ohlcv-\(timeframe)",
                start: start,
                end: end,
                stype: parsed.stype
            )
            #expect(fetched.records == bars(truth))
            #expect(fetched.records.isEmpty == (symbol == "SILENT"))
            #expect(fetched.range == (try range(start, end)))
            #expect(fetched.receipt.recordCount == truth.count)
            #expect(fetched.receipt.byteCount == truth.count * 56)
            #expect(fetched.receipt.requestCount == 1)
            #expect((fetched.receipt.costUSD ?? 0) > 0 || truth.isEmpty)
        }
    }

    @Test(arguments: [1, 2, 3])
    func anyVersionAndAnyCutIntoFramesIsRead(version: Int) async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post(
                "settings",
                #"{"dbn_version":\#(version),"frame_bytes":997,"chunk_bytes":301}"#
            )
            let (start, end) = ("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")

            let fetched = try await fixture.fetch("ESH6", .oneMinute, start, end)

            #expect(
                fetched.records
                    == bars(try await fixture.standIn.truth("ESH6", schema: "ohlcv-1m", start: start, end: end))
            )
        }
    }

    @Test func piecesAreBoundedAndFollowEachOtherWithoutAGap() async throws {
        try await DatabentoFixture.with {
            $0.pieceRecordsMax = 100
        } _: { fixture in
            let fetched = try await fixture.fetch("ESH6", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T12:00:00Z")

            #expect(fetched.pieces.count > 10)
            #expect(fetched.pieces.allSatisfy { $0.records.count <= 100 })
            #expect(
                fetched.pieces.allSatisfy { piece in piece.records.allSatisfy { piece.range.contains($0.timestamp) } }
            )
            #expect(fetched.range == (try range("2026-01-12T00:00:00Z", "2026-01-13T12:00:00Z")))
        }
    }

    @Test func aContinuousSymbolIsFollowedOverItsRoll() async throws {
        try await DatabentoFixture.with { fixture in
            let fetched = try await fixture.fetch("ES.c.0", .oneDay, "2025-12-01T00:00:00Z", "2026-01-10T00:00:00Z")

            let mappings = fetched.receipt.mappings
            #expect(mappings.count == 2)
            #expect(Set(mappings.map(\.instrumentID)).count == 2)
            #expect(mappings.allSatisfy { $0.symbol == "ES.c.0" })
            #expect(mappings.first?.end == mappings.last?.start)
        }
    }

    @Test func anInstrumentIdThatChangesEveryDayIsFollowed() async throws {
        try await DatabentoFixture.with(dataset: "XNAS.ITCH") { fixture in
            let fetched = try await fixture.fetch("MSFT", .oneHour, "2026-01-05T00:00:00Z", "2026-01-10T00:00:00Z")

            #expect(fetched.records.count == 5 * 16)
            #expect(fetched.receipt.mappings.count == 5)
        }
    }

    @Test func theRangeIsClippedToWhatIsSoldAndTheFormingPeriodIsWhole() async throws {
        try await DatabentoFixture.with { fixture in
            let fetched = try await fixture.fetch("ESH6", .oneHour, "2026-01-14T12:00:00Z", "2026-01-15T00:00:00Z")

            #expect(fetched.records.map(\.timestamp).last == (try Timestamp(parsing: "2026-01-14T15:00:00Z")))
            #expect(fetched.range == (try range("2026-01-14T12:00:00Z", "2026-01-14T16:00:00Z")))
            // 15:30:30 less the margin of an hour's bars.
            #expect(fetched.pieces.last?.settledEnd == (try Timestamp(parsing: "2026-01-14T15:25:30Z")))
            #expect(fetched.receipt.availableEnd == (try Timestamp(parsing: "2026-01-14T15:30:30Z")))
            #expect(
                try await fixture.standIn.purchases().map(\.end) == [
                    Timestamp(parsing: "2026-01-14T15:30:30Z").nanoseconds
                ]
            )
        }
    }

    @Test func anEndThatMovedBackIsToldWithWhatLiesBeforeIt() async throws {
        try await DatabentoFixture.with { fixture in
            let before = try await fixture.fetch("ESH6", .oneMinute, "2026-01-07T00:00:00Z", "2026-01-08T00:00:00Z")
            try await fixture.standIn.post("settings", #"{"available_end":"2026-01-12T10:00:00Z"}"#)
            let fetched = try await fixture.fetch("ESH6", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")

            #expect(before.receipt.availableEnd == nil)
            #expect(fetched.range == (try range("2026-01-12T00:00:00Z", "2026-01-12T10:00:00Z")))
            #expect(fetched.receipt.availableEnd == (try Timestamp(parsing: "2026-01-12T10:00:00Z")))
        }
    }

    @Test func aRangeBeyondWhatIsSoldIsRefusedAndNotAskedFor() async throws {
        try await DatabentoFixture.with { fixture in
            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneHour, "2026-01-14T15:30:30Z", "2026-01-15T00:00:00Z")
            }

            #expect(error?.code == .notAvailableYet)
            #expect(error?.availableEnd == (try Timestamp(parsing: "2026-01-14T15:30:30Z")))
            #expect(try await fixture.standIn.log().map(\.endpoint) == ["metadata.get_dataset_range"])
        }
    }

    @Test func aRangeBeforeTheDatasetDeliversNothing() async throws {
        try await DatabentoFixture.with { fixture in
            let fetched = try await fixture.fetch("ESH6", .oneHour, "2005-01-01T00:00:00Z", "2006-01-01T00:00:00Z")

            #expect(fetched.pieces.isEmpty)
            #expect(try await fixture.standIn.purchases().isEmpty)
        }
    }

    @Test func aRangeInWhichAKnownSymbolDidNotExistIsEmpty() async throws {
        try await DatabentoFixture.with { fixture in
            let fetched = try await fixture.fetch("ESH6", .oneDay, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")

            #expect(fetched.records.isEmpty)
            #expect(fetched.range == (try range("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")))
        }
    }

    @Test func quotesAreThoseThatTheVendorsOwnPackageReads() async throws {
        try await DatabentoFixture.with { fixture in
            let (start, end) = ("2026-01-12T14:00:00Z", "2026-01-12T18:00:00Z")

            let fetched = try await fixture.fetchQuotes("ESH6", .oneMinute, start, end)

            let truth = try await fixture.standIn.truth("ESH6", schema: "bbo-1m", start: start, end: end)
            #expect(fetched.records == quotes(truth))
            #expect(fetched.records.contains { $0.bidPrice == nil && $0.bidSize == nil && $0.askPrice != nil })
            #expect(fetched.range == (try range(start, end)))
            #expect(fetched.receipt.byteCount == truth.count * 80)
        }
    }

    @Test func quotesOfSecondsAreSoldToo() async throws {
        try await DatabentoFixture.with { fixture in
            let (start, end) = ("2026-01-12T15:00:00Z", "2026-01-12T15:05:00Z")

            let fetched = try await fixture.fetchQuotes("ESH6", .oneSecond, start, end)

            #expect(
                fetched.records
                    == quotes(try await fixture.standIn.truth("ESH6", schema: "bbo-1s", start: start, end: end))
            )
            #expect(!fetched.records.isEmpty)
        }
    }

    @Test func theNewestQuoteComesWithTheNewestTrade() async throws {
        try await DatabentoFixture.with { fixture in
            let (latest, receipt) = try await fixture.provider.fetchLatest(symbol: "ESH6", requestID: "r")

            let truth = try await fixture.standIn.truth(
                "ESH6",
                schema: "bbo-1s",
                start: "2026-01-14T15:25:30Z",
                end: "2026-01-14T15:30:30Z"
            )
            #expect(latest.quote == quotes(truth).last)
            #expect(latest.trade?.price == truth.last?.price.map { Double($0) / 1e9 })
            #expect(latest.trade?.timestamp.nanoseconds == truth.last?.ts_event)
            #expect(latest.trade?.side == (truth.last?.side == "B" ? .buy : .sell))
            #expect(receipt.recordCount == truth.count)
            #expect(receipt.requestCount == 1)
            #expect((receipt.costUSD ?? 0) > 0)
        }
    }

    @Test func theNewestQuoteOfAWeekendIsFridays() async throws {
        try await DatabentoFixture.with(["--now", "2026-01-11T12:00:00Z"]) { fixture in
            let (latest, receipt) = try await fixture.provider.fetchLatest(symbol: "ES.c.0", requestID: "r")

            // Friday closes at 22:00: the last minute's quote stands at that time.
            #expect(latest.quote?.timestamp == (try Timestamp(parsing: "2026-01-09T22:00:00Z")))
            #expect(receipt.requestCount == 4)
        }
    }

    @Test func aSymbolWithoutAnyQuoteHasNone() async throws {
        try await DatabentoFixture.with { fixture in
            let (latest, receipt) = try await fixture.provider.fetchLatest(symbol: "SILENT", requestID: "r")

            #expect(latest == LatestPrices(quote: nil, trade: nil))
            #expect(receipt.recordCount == 0)
            #expect(receipt.costUSD == 0)
        }
    }
}
