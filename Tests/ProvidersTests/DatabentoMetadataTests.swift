import MarketData
import TestSupport
import Testing

@testable import Providers

@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct DatabentoMetadataTests {
    @Test func availabilityIsTheDatasetsRangeLessTheMarginForWhatHasSettled() async throws {
        try await DatabentoFixture.with { fixture in
            let minutes = try await fixture.provider.availability(of: fixture.series("ESH6", .oneMinute))
            let days = try await fixture.provider.availability(of: fixture.series("ESH6", .oneDay))

            #expect(minutes.start == (try Timestamp(parsing: "2010-06-06")))
            #expect(minutes.end == (try Timestamp(parsing: "2026-01-14T15:30:30Z")))
            #expect(minutes.settledEnd == (try Timestamp(parsing: "2026-01-14T15:29:30Z")))
            #expect(days.settledEnd == (try Timestamp(parsing: "2026-01-14T15:00:30Z")))
        }
    }

    @Test func availabilityIsRememberedForItsLifetime() async throws {
        try await DatabentoFixture.with { fixture in
            let series = try fixture.series("ESH6", .oneMinute)
            _ = try await fixture.provider.availability(of: series)
            try await fixture.standIn.post("settings", #"{"now":"2026-01-14T15:31:00Z"}"#)

            fixture.clock.advance(by: .seconds(29))
            let remembered = try await fixture.provider.availability(of: series).end
            fixture.clock.advance(by: .seconds(2))
            let renewed = try await fixture.provider.availability(of: series).end

            #expect(remembered == (try Timestamp(parsing: "2026-01-14T15:30:30Z")))
            #expect(renewed == (try Timestamp(parsing: "2026-01-14T15:31:00Z")))
            #expect(try await fixture.standIn.log().count == 2)
        }
    }

    @Test func manyTasksShareOneQuestionForTheAvailability() async throws {
        try await DatabentoFixture.with { fixture in
            let series = try fixture.series("ESH6", .oneMinute)

            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { _ = try await fixture.provider.availability(of: series) }
                }
                try await group.waitForAll()
            }

            #expect(try await fixture.standIn.log().count == 1)
        }
    }

    @Test func whatIsNotSoldIsUnsupported() async throws {
        try await DatabentoFixture.with { fixture in
            let bars = try await providerError {
                try await fixture.provider.availability(of: fixture.series("ESH6", .fiveMinutes))
            }
            let quotes = try await providerError {
                try await fixture.provider.availability(of: fixture.series("ESH6", .oneHour, .quotes))
            }
            let list = try await providerError {
                try await fixture.provider.availability(of: fixture.series("ESH6,ESM6", .oneHour))
            }

            #expect(bars?.code == .unsupported)
            #expect(quotes?.code == .unsupported)
            #expect(list?.code == .symbolUnknown)
            #expect(try await fixture.standIn.log().isEmpty)
        }
    }

    @Test func aSeriesOfAnotherProviderIsABadRequest() async throws {
        try await DatabentoFixture.with { fixture in
            let series = try Series(provider: ProviderID(parsing: "simulated"), symbol: "ESH6", timeframe: .oneHour)

            let error = try await providerError { try await fixture.provider.availability(of: series) }

            #expect(error?.code == .badRequest)
        }
    }

    @Test func anUnknownDatasetIsABadRequestThatNamesIt() async throws {
        try await DatabentoFixture.with(dataset: "NO.SUCH") { fixture in
            let error = try await providerError {
                try await fixture.provider.availability(of: fixture.series("ESH6", .oneHour))
            }

            #expect(error?.code == .badRequest)
            #expect(error?.message.contains("NO.SUCH") == true)
        }
    }

    @Test func anEstimateIsWhatTheFetchThenBringsAndCosts() async throws {
        try await DatabentoFixture.with { fixture in
            let series = try fixture.series("ES.c.0", .oneMinute)
            let (start, middle, end) = ("2026-01-12T00:00:00Z", "2026-01-12T12:00:00Z", "2026-01-13T00:00:00Z")
            let ranges = RangeSet([try range(start, middle), try range("2026-01-12T12:30:00Z", end)])

            let estimate = try await fixture.provider.estimate(series, ranges: ranges)
            let first = try await fixture.fetch("ES.c.0", .oneMinute, start, middle)
            let second = try await fixture.fetch("ES.c.0", .oneMinute, "2026-01-12T12:30:00Z", end)

            let cost = (first.receipt.costUSD ?? 0) + (second.receipt.costUSD ?? 0)
            #expect(estimate.recordCount == first.records.count + second.records.count)
            #expect(estimate.byteCount == first.receipt.byteCount + second.receipt.byteCount)
            #expect(abs((estimate.costUSD ?? 0) - cost) < 1e-12)
            #expect(cost > 0)
        }
    }

    @Test func anEstimateOfWhatIsNotSoldOrDidNotExistIsNothing() async throws {
        try await DatabentoFixture.with { fixture in
            let series = try fixture.series("ESH6", .oneMinute)

            let future = try await fixture.provider.estimate(
                series,
                ranges: RangeSet(try range("2026-02-01", "2026-03-01"))
            )
            let past = try await fixture.provider.estimate(
                series,
                ranges: RangeSet(try range("2020-02-01", "2020-03-01"))
            )

            #expect(future == FetchEstimate(recordCount: 0, byteCount: 0, costUSD: 0))
            #expect(past == FetchEstimate(recordCount: 0, byteCount: 0, costUSD: 0))
            #expect(try await fixture.standIn.purchases().isEmpty)
        }
    }

    @Test func tooManyRangesAreNotEstimated() async throws {
        try await DatabentoFixture.with {
            $0.estimateRangesMax = 1
        } _: { fixture in
            let ranges = RangeSet([try range("2026-01-05", "2026-01-06"), try range("2026-01-07", "2026-01-08")])

            let estimate = try await fixture.provider.estimate(fixture.series("ESH6", .oneMinute), ranges: ranges)

            #expect(estimate == FetchEstimate(recordCount: nil, byteCount: nil, costUSD: nil))
        }
    }

    @Test func aDayThatWasPublishedAgainIsReportedAndItsBarsAreTheNewOnes() async throws {
        try await DatabentoFixture.with { fixture in
            let revision = """
                {"dataset":"GLBX.MDP3","symbol":"ESH6","timestamp":"2026-01-12T15:03:00Z","volume":99999,
                 "modified":"2026-01-14"}
                """
            try await fixture.standIn.post("revise", revision)

            let days = try await fixture.provider.changedDays(in: range("2026-01-12T10:00:00Z", "2026-01-13T00:00:00Z"))
            let fetched = try await fixture.fetch("ESH6", .oneMinute, "2026-01-12T15:03:00Z", "2026-01-12T15:04:00Z")

            let day = try #require(CivilDate(year: 2026, month: 1, day: 12))
            let modified = try #require(CivilDate(year: 2026, month: 1, day: 14))
            #expect(days == [ChangedDay(day: day, modified: modified)])
            #expect(fetched.records.map(\.volume) == [99_999])
        }
    }

    @Test func daysOutsideOfWhatIsSoldAreNotAskedFor() async throws {
        try await DatabentoFixture.with { fixture in
            let days = try await fixture.provider.changedDays(in: range("2026-02-01", "2026-03-01"))

            #expect(days.isEmpty)
            #expect(try await fixture.standIn.log().map(\.endpoint) == ["metadata.get_dataset_range"])
        }
    }

    @Test func pricesAreAskedForOnceADayAndTheirLackFailsNoPurchase() async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 1
        } _: { fixture in
            let (start, end) = ("2026-01-12T15:00:00Z", "2026-01-12T16:00:00Z")
            try await fixture.standIn.post("faults", #"{"endpoint":"metadata.list_unit_prices","status":500}"#)

            let unpriced = try await fixture.fetch("ESH6", .oneMinute, start, end)
            fixture.clock.advance(by: .seconds(2))
            let priced = try await fixture.fetch("ESH6", .oneMinute, start, end)
            let again = try await fixture.fetch("ESH6", .oneMinute, start, end)

            #expect(unpriced.receipt.costUSD == nil)
            #expect(unpriced.records.count > 50)
            // Bars of 56 bytes at 280 US$ a gigabyte.
            let price = Double(priced.records.count * 56) * 280 / 1e9
            #expect(abs((priced.receipt.costUSD ?? 0) - price) < 1e-15)
            #expect(again.receipt.costUSD == priced.receipt.costUSD)
            let questions = try await fixture.standIn.log().filter { $0.endpoint == "metadata.list_unit_prices" }
            #expect(questions.count == 2)
        }
    }

    @Test func anAnswerThatIsNotWhatItShouldBeIsCorrupt() async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"endpoint":"*","status":200,"body":"[1,2]"}"#)

            let error = try await providerError {
                try await fixture.provider.availability(of: fixture.series("ESH6", .oneMinute))
            }

            #expect(error?.code == .corruptAnswer)
        }
    }

    @Test func priceOfARangeIsTheVendorsOwnInOneRequest() async throws {
        try await DatabentoFixture.with { fixture in
            let series = try fixture.series("ESH6", .oneMinute)
            let range = try TimeRange(
                start: Timestamp(parsing: "2026-01-12"),
                end: Timestamp(parsing: "2026-01-13")
            )
            let estimate = try await fixture.provider.estimate(series, ranges: RangeSet(range))
            let before = try await fixture.standIn.log().count

            let price = try await fixture.provider.price(of: series, range)

            #expect(price == estimate.costUSD && price.map { $0 > 0 } == true)
            #expect(try await fixture.standIn.log().count == before + 1)
        }
    }

    @Test func newestPricesCostNoMoreThanTheirPriceSays() async throws {
        try await DatabentoFixture.with { fixture in
            let price = try await fixture.provider.latestPrice(symbol: "ESH6")
            let receipt = try await fixture.provider.fetchLatest(symbol: "ESH6", requestID: "r").receipt

            #expect(try #require(receipt.costUSD) > 0)
            #expect(try #require(receipt.costUSD) <= #require(price))
        }
    }
}
