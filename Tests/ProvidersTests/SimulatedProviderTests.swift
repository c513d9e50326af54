import Locking
import MarketData
import Providers
import Testing

@Suite struct SimulatedProviderTests {
    private let clock = SimulatedTestClock()
    private let now: Locked<Timestamp>
    private let symbol = "ES.c.0"

    init() throws {
        // A Tuesday, 09:30:20 in Chicago.
        self.now = Locked(try Timestamp(parsing: "2026-02-03T15:30:20Z"))
    }

    private func provider(
        _ change: (inout SimulatedProvider.Configuration) -> Void = { _ in }
    ) throws -> SimulatedProvider {
        var configuration = SimulatedProvider.Configuration()
        change(&configuration)
        let now = self.now
        return try SimulatedProvider(
            configuration: configuration,
            clock: self.clock,
            wallClock: { now.withLock { $0 } }
        )
    }

    private func at(_ text: String) throws -> Timestamp {
        try Timestamp(parsing: text)
    }

    private func request(
        _ start: String,
        _ end: String,
        _ timeframe: Timeframe = .oneMinute,
        kind: Series.Kind = .bars,
        symbol: String? = nil
    ) throws -> FetchRequest {
        FetchRequest(
            series: try Series(
                provider: .simulated,
                symbol: symbol ?? self.symbol,
                timeframe: timeframe,
                kind: kind
            ),
            range: try TimeRange(start: self.at(start), end: self.at(end)),
            requestID: "request-1"
        )
    }

    private func bars(
        _ provider: SimulatedProvider,
        _ request: FetchRequest
    ) async throws -> (pieces: [FetchedPiece<Bar>], receipt: FetchReceipt) {
        var pieces: [FetchedPiece<Bar>] = []
        let receipt = try await provider.fetchBars(request) { pieces.append($0) }
        return (pieces, receipt)
    }

    private func code(_ body: () async throws -> Void) async -> ProviderError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ProviderError)?.code
        }
    }

    @Test func theFormingPeriodIsDeliveredUpToItsEnd() async throws {
        let provider = try self.provider { $0.settlingMargin = .seconds(30) }

        let (pieces, _) = try await self.bars(
            provider,
            self.request("2026-02-03T15:25:00Z", "2026-02-03T16:00:00Z")
        )

        #expect(
            pieces.map(\.range) == [
                try TimeRange(start: self.at("2026-02-03T15:25:00Z"), end: self.at("2026-02-03T15:31:00Z"))
            ]
        )
        #expect(pieces.first?.settledEnd == (try self.at("2026-02-03T15:29:50Z")))
        #expect(pieces.first?.records.last?.timestamp == (try self.at("2026-02-03T15:30:00Z")))
        #expect(pieces.first?.records.last?.isFinal == false)
    }

    @Test func theFormingBarChangesAndThenStays() async throws {
        let provider = try self.provider()
        let request = try self.request("2026-02-03T15:30:00Z", "2026-02-03T15:31:00Z")

        let first = try await self.bars(provider, request).pieces.flatMap(\.records)
        self.now.withLock { $0 = $0.advancedSaturating(byNanoseconds: 20_000_000_000) }
        let second = try await self.bars(provider, request).pieces.flatMap(\.records)
        self.now.withLock { $0 = $0.advancedSaturating(byNanoseconds: 20_000_000_000) }
        let third = try await self.bars(provider, request).pieces.flatMap(\.records)
        self.now.withLock { $0 = $0.advancedSaturating(byNanoseconds: 3_600_000_000_000) }
        let last = try await self.bars(provider, request).pieces.flatMap(\.records)

        #expect((first.first?.volume ?? 0) < (second.first?.volume ?? 0))
        #expect((second.first?.volume ?? 0) < (third.first?.volume ?? 0))
        #expect(third == last && last.allSatisfy(\.isFinal))
    }

    @Test func piecesFollowEachOtherWithoutAGapAndAreBounded() async throws {
        let provider = try self.provider { $0.pieceRecordsMax = 100 }

        let (pieces, receipt) = try await self.bars(
            provider,
            self.request("2026-01-30T12:34:56Z", "2026-02-03T00:00:30Z")
        )

        #expect(pieces.first?.range.start == (try self.at("2026-01-30T12:34:56Z")))
        #expect(pieces.last?.range.end == (try self.at("2026-02-03T00:00:30Z")))
        for (piece, next) in zip(pieces, pieces.dropFirst()) { #expect(piece.range.end == next.range.start) }
        #expect(pieces.allSatisfy { $0.records.count <= 100 })
        #expect(pieces.allSatisfy { piece in piece.records.allSatisfy { piece.range.contains($0.timestamp) } })
        #expect(pieces.contains { $0.records.isEmpty })
        #expect(receipt.recordCount == pieces.map(\.records.count).reduce(0, +))
        #expect(receipt.byteCount == receipt.recordCount * 56 && receipt.costUSD == 0 && receipt.requestCount == 1)
        let whole = try await self.bars(self.provider(), self.request("2026-01-30T12:34:56Z", "2026-02-03T00:00:30Z"))
        #expect(whole.pieces.flatMap(\.records) == pieces.flatMap(\.records))
    }

    @Test func aDelayHoldsTheNewestBack() async throws {
        let provider = try self.provider {
            $0.availabilityDelay = .seconds(600)
            $0.settlingMargin = .seconds(60)
        }
        let series = try self.request("2026-02-03", "2026-02-04").series

        let availability = try await provider.availability(of: series)
        let (pieces, _) = try await self.bars(provider, self.request("2026-02-03T15:00:00Z", "2026-02-03T16:00:00Z"))
        let error = await #expect(throws: ProviderError.self) {
            try await provider.fetchBars(self.request("2026-02-03T15:20:20Z", "2026-02-03T16:00:00Z")) { _ in }
        }

        #expect(availability.start == (try self.at("2010-06-06")))
        #expect(availability.end == (try self.at("2026-02-03T15:20:20Z")))
        #expect(availability.settledEnd == (try self.at("2026-02-03T15:19:20Z")))
        #expect(pieces.last?.range.end == (try self.at("2026-02-03T15:21:00Z")))
        #expect(error?.code == .notAvailableYet && error?.availableEnd == availability.end)
    }

    @Test func aRangeBeforeTheStartDeliversNothingAndOneAcrossItIsClipped() async throws {
        let provider = try self.provider()

        let before = try await self.bars(provider, self.request("2005-01-01", "2006-01-01", .oneDay))
        let across = try await self.bars(provider, self.request("2010-01-01", "2010-06-10", .oneDay))

        #expect(before.pieces.isEmpty && before.receipt.recordCount == 0 && before.receipt.mappings.isEmpty)
        #expect(across.pieces.first?.range.start == (try self.at("2010-06-06")))
        #expect(across.pieces.last?.range.end == (try self.at("2010-06-10")))
    }

    @Test func quotesComeOneAMinuteWithTheTimeOfItsEnd() async throws {
        let provider = try self.provider()
        var pieces: [FetchedPiece<Quote>] = []

        let receipt = try await provider.fetchQuotes(
            self.request("2026-02-03T15:00:00Z", "2026-02-03T16:00:00Z", kind: .quotes)
        ) { pieces.append($0) }

        let quotes = pieces.flatMap(\.records)
        #expect(pieces.last?.range.end == (try self.at("2026-02-03T15:30:20Z")))
        #expect((25...31).contains(quotes.count) && receipt.recordCount == quotes.count)
        #expect(receipt.byteCount == quotes.count * 80)
        #expect(quotes.allSatisfy { Timeframe.oneMinute.floor($0.timestamp) == $0.timestamp })
        #expect(quotes.last?.timestamp == (try self.at("2026-02-03T15:30:00Z")))
    }

    @Test func theNewestPricesHaveTheirTrueAge() async throws {
        let provider = try self.provider()

        let (open, receipt) = try await provider.fetchLatest(symbol: self.symbol, requestID: "r")
        self.now.withLock { [later = try? self.at("2026-02-07T12:00:00Z")] in $0 = later ?? $0 }
        let (closed, _) = try await provider.fetchLatest(symbol: self.symbol, requestID: "r")

        let second = try #require(open.trade).timestamp
        #expect((try self.at("2026-02-03T15:28:00Z")..<self.at("2026-02-03T15:30:20Z")).contains(second))
        #expect(open.quote?.timestamp == second && receipt.recordCount == 2)
        let friday = try #require(closed.trade).timestamp
        #expect((try self.at("2026-02-06T21:30:00Z")..<self.at("2026-02-06T22:00:00Z")).contains(friday))
        #expect(provider.purchases.map(\.call) == [.latest, .latest])
    }

    @Test func whatIsNotSoldIsRefused() async throws {
        let provider = try self.provider()
        let cases: [(FetchRequest, ProviderError.Code)] = [
            (try self.request("2026-02-02", "2026-02-03", .fiveMinutes), .unsupported),
            (try self.request("2026-02-02", "2026-02-03", kind: .quotes), .unsupported),
            (try self.request("2026-02-02", "2026-02-03", symbol: "UNKNOWNX"), .symbolUnknown),
            (try self.request("2027-02-02", "2027-02-03"), .notAvailableYet),
        ]
        for (request, code) in cases {
            #expect(await self.code { _ = try await self.bars(provider, request) } == code)
        }
        let bars = try self.request("2026-02-02", "2026-02-03")
        #expect(await self.code { _ = try await provider.fetchQuotes(bars) { _ in } } == .unsupported)
        #expect(
            await self.code { _ = try await provider.fetchLatest(symbol: "UNKNOWN", requestID: "r") } == .symbolUnknown
        )
        #expect(provider.purchases.isEmpty && provider.callCounts == [.bars: 4, .quotes: 1, .latest: 1])
    }

    @Test func scriptedFailuresHappenAsOftenAsAsked() async throws {
        let provider = try self.provider()
        let request = try self.request("2026-02-02", "2026-02-03")
        provider.failNext(2, with: ProviderError(.rateLimited, "slow down", retryAfter: .seconds(3)), only: .bars)
        provider.failNext(1, with: ProviderError(.unauthorized, "no"))

        let codes = [
            await self.code { _ = try await provider.availability(of: request.series) },
            await self.code { _ = try await self.bars(provider, request) },
            await self.code { _ = try await self.bars(provider, request) },
            await self.code { _ = try await self.bars(provider, request) },
        ]
        provider.failNext(5, with: ProviderError(.timedOut, "late"))
        provider.clearFailures()

        #expect(codes == [.unauthorized, .rateLimited, .rateLimited, nil])
        #expect(await self.code { _ = try await provider.changedDays(in: request.range) } == nil)
    }

    @Test func aFetchCanFailInTheMiddleAndKeepsWhatItDelivered() async throws {
        let provider = try self.provider { $0.pieceRecordsMax = 60 }
        provider.failNext(1, with: ProviderError(.cut, "the stream was cut"), only: .bars, afterPieces: 3)
        let request = try self.request("2026-02-02T10:00:00Z", "2026-02-02T20:00:00Z")
        var pieces: [FetchedPiece<Bar>] = []

        let code = await self.code { _ = try await provider.fetchBars(request) { pieces.append($0) } }

        #expect(code == .cut && pieces.count == 3)
        let purchase = try #require(provider.purchases.first)
        #expect(
            purchase.range
                == (try TimeRange(start: self.at("2026-02-02T10:00:00Z"), end: self.at("2026-02-02T13:00:00Z")))
        )
        #expect(!purchase.isComplete && purchase.recordCount == pieces.map(\.records.count).reduce(0, +))
        #expect(purchase.requestID == "request-1" && purchase.series == request.series)
    }

    @Test func anErrorOfTheReceiverEndsTheFetch() async throws {
        struct Full: Error {}
        let provider = try self.provider { $0.pieceRecordsMax = 60 }
        var count = 0

        await #expect(throws: Full.self) {
            try await provider.fetchBars(self.request("2026-02-02T10:00:00Z", "2026-02-02T20:00:00Z")) { _ in
                count += 1
                if count == 2 { throw Full() }
            }
        }

        #expect(count == 2 && provider.purchases.first?.isComplete == false)
    }

    @Test func anOutageEndsWhenItsTimeIsOver() async throws {
        let start = try self.at("2026-02-03T15:30:00Z")
        let end = try self.at("2026-02-03T15:40:00Z")
        let outage = try TimeRange(start: start, end: end)
        let provider = try self.provider { $0.outages = [outage] }
        let request = try self.request("2026-02-02", "2026-02-03")

        let during = await self.code { _ = try await self.bars(provider, request) }
        let free = await self.code { _ = try await provider.availability(of: request.series) }
        self.now.withLock { $0 = end }
        let after = await self.code { _ = try await self.bars(provider, request) }

        #expect(during == .unavailable && free == .unavailable && after == nil)
    }

    @Test func theErrorShareIsTheShareOfCallsThatFail() async throws {
        let series = try self.request("2026-02-02", "2026-02-03").series
        var failures: [[Int]] = []
        for _ in 0..<2 {
            let provider = try self.provider { $0.errorShare = 0.25 }
            var failed: [Int] = []
            for number in 0..<400 where await self.code({ _ = try await provider.availability(of: series) }) != nil {
                failed.append(number)
            }
            failures.append(failed)
        }

        #expect(failures[0] == failures[1] && (60...140).contains(failures[0].count))
    }

    @Test func latencyIsSleptOnTheGivenClock() async throws {
        let provider = try self.provider { $0.latency = .milliseconds(250) }
        let request = try self.request("2026-02-02", "2026-02-03")

        _ = try await self.bars(provider, request)
        _ = try await provider.changedDays(in: request.range)

        #expect(self.clock.now.offset == .milliseconds(500))
    }

    @Test func aCancelledFetchEnds() async throws {
        let provider = try self.provider()
        let request = try self.request("2026-02-02", "2026-02-03")

        let code = await withTaskGroup(of: ProviderError.Code?.self) { group in
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                return await self.code { _ = try await self.bars(provider, request) }
            }
            return await group.next() ?? nil
        }

        #expect(code == .cancelled && provider.purchases.isEmpty)
    }

    @Test func aPriceMakesItPaidAndShowsInReceiptAndEstimate() async throws {
        let provider = try self.provider { $0.pricePerGB = 100 }
        let request = try self.request("2026-02-02", "2026-02-03")

        let estimate = try await provider.estimate(request.series, ranges: RangeSet(request.range))
        let (_, receipt) = try await self.bars(provider, request)

        #expect(provider.isPaid && provider.timeframes == [.oneSecond, .oneMinute, .oneHour, .oneDay])
        #expect(receipt.costUSD == Double(receipt.byteCount) * 100 / 1e9)
        #expect(estimate.recordCount == 23 * 60 && estimate.byteCount == 23 * 60 * 56)
        #expect((estimate.costUSD ?? 0) >= (receipt.costUSD ?? .infinity))
        #expect(provider.callCounts == [.estimate: 1, .bars: 1] && provider.purchases.count == 1)
    }

    @Test func anEstimateNeverFallsShortOfWhatIsDelivered() async throws {
        let provider = try self.provider { $0.market.quietShare = 0 }
        for timeframe in [Timeframe.oneMinute, .oneHour, .oneDay] {
            let request = try self.request("2026-01-01", "2026-02-10", timeframe)

            let estimate = try await provider.estimate(request.series, ranges: RangeSet(request.range))
            let (_, receipt) = try await self.bars(provider, request)

            #expect(estimate.recordCount == receipt.recordCount && !provider.isPaid && estimate.costUSD == 0)
        }
    }

    @Test func correctedDaysAreReportedWhenTheirTimeHasCome() async throws {
        let provider = try self.provider {
            $0.market.correctedDaysShare = 1
            $0.market.correctedMinutesShare = 0.5
        }
        let request = try self.request("2026-02-02", "2026-02-03")

        let early = try await provider.changedDays(in: request.range)
        let old = try await self.bars(provider, request).pieces.flatMap(\.records)
        self.now.withLock { [later = try? self.at("2026-02-04")] in $0 = later ?? $0 }
        let late = try await provider.changedDays(in: request.range)
        let new = try await self.bars(provider, request).pieces.flatMap(\.records)

        let day = CivilDate(containing: request.range.start)
        #expect(early.isEmpty && late == [ChangedDay(day: day, modified: day.advanced(byDays: 2))])
        #expect(old.count == new.count && zip(old, new).contains { !$0.hasSameValues(as: $1) })
    }

    @Test func theMappingNamesOneInstrumentForTheDaysDelivered() async throws {
        let provider = try self.provider()

        let (_, receipt) = try await self.bars(provider, self.request("2026-02-01", "2026-02-03"))

        let mapping = try #require(receipt.mappings.first)
        #expect(mapping.symbol == self.symbol && mapping.instrumentID > 0)
        #expect(mapping.start.description == "2026-02-01" && mapping.end.description == "2026-02-03")
    }

    @Test func onlyTheNewestPurchasesAreRemembered() async throws {
        let provider = try self.provider { $0.purchasesMax = 2 }
        for day in 2...4 {
            _ = try await self.bars(provider, self.request("2026-01-0\(day)", "2026-01-0\(day + 1)", .oneHour))
        }

        #expect(
            provider.purchases.compactMap { $0.range?.start.description } == [
                "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z",
            ]
        )
        #expect(provider.callCounts[.bars] == 3)
    }

    @Test func settingsOutOfBoundsAreRefusedByName() throws {
        let changes: [(String, @Sendable (inout SimulatedProvider.Configuration) -> Void)] = [
            ("errorShare", { $0.errorShare = 1.5 }), ("errorShare", { $0.errorShare = .nan }),
            ("latency", { $0.latency = .seconds(-1) }),
            ("availabilityDelay", { $0.availabilityDelay = .seconds(1e12) }),
            ("settlingMargin", { $0.settlingMargin = .seconds(-1) }), ("pieceRecordsMax", { $0.pieceRecordsMax = 0 }),
            ("purchasesMax", { $0.purchasesMax = -1 }), ("pricePerGB", { $0.pricePerGB = -1 }),
            ("quietShare", { $0.market.quietShare = -0.1 }),
            ("correctedDaysShare", { $0.market.correctedDaysShare = 2 }),
            ("correctedMinutesShare", { $0.market.correctedMinutesShare = .infinity }),
            ("correctionDelayDays", { $0.market.correctionDelayDays = -1 }),
            ("start", { $0.market.start = Timestamp(nanoseconds: 0) }),
        ]
        for (name, change) in changes {
            let error = #expect(throws: ProviderError.self) { try self.provider(change) }
            #expect(error?.code == .badRequest && error?.message.contains(name) == true, "\(name)")
        }
        let error = #expect(throws: ProviderError.self) {
            try SimulatedInstrument(tickNumerator: 0, tickDenominator: 1, basePrice: 1, swing: 1, volumePerMinute: 1)
        }
        #expect(error?.code == .badRequest)
    }
}
