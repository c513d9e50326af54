import MarketData
import Providers
import Testing

@Suite struct SimulatedMarketTests {
    private let market: SimulatedMarket
    private let now: Timestamp

    init() throws {
        self.market = try SimulatedMarket()
        self.now = try Timestamp(parsing: "2026-06-30T15:00:00Z")
    }

    private func range(_ start: String, _ end: String) throws -> TimeRange {
        try TimeRange(start: Timestamp(parsing: start), end: Timestamp(parsing: end))
    }

    private func rebuilt(_ bars: [Bar], _ source: Timeframe, _ target: Timeframe, _ range: TimeRange) throws -> [Bar] {
        let known = RangeSet(range)
        return try BarAggregation.aggregate(bars, from: source, to: target, complete: known, final: known)
    }

    @Test func twoMarketsOfOneSeedAgreeAndOthersDoNot() throws {
        var other = SimulatedMarket.Configuration()
        other.seed = 2
        let day = try self.range("2026-03-10", "2026-03-11")

        let bars = try self.market.bars(of: "ES.c.0", .oneMinute, in: day, asOf: self.now)

        #expect(try SimulatedMarket().bars(of: "ES.c.0", .oneMinute, in: day, asOf: self.now) == bars)
        #expect(
            try SimulatedMarket(configuration: other).bars(of: "ES.c.0", .oneMinute, in: day, asOf: self.now) != bars
        )
        #expect(try self.market.bars(of: "NQ.c.0", .oneMinute, in: day, asOf: self.now) != bars)
        #expect(bars.count > 1200)
    }

    @Test(arguments: ["ES.c.0", "CLZ6", "AAPL", "6J.v.1", "BTC.n.0"])
    func barsAreSound(symbol: String) throws {
        let bars = try self.market.bars(
            of: symbol,
            .oneMinute,
            in: self.range("2026-02-02", "2026-02-09"),
            asOf: self.now
        )

        #expect(bars.count > 5000)
        for bar in bars {
            #expect(bar.low <= min(bar.open, bar.close) && max(bar.open, bar.close) <= bar.high && bar.volume >= 1)
        }
        #expect(zip(bars, bars.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp })
        #expect(bars.contains { $0.high > max($0.open, $0.close) } && bars.contains { $0.low < $0.open })
    }

    @Test func pricesLieOnTheTickGridAroundTheInstrumentsLevel() throws {
        let bars = try self.market.bars(
            of: "ES.c.0",
            .oneMinute,
            in: self.range("2026-02-02", "2026-02-09"),
            asOf: self.now
        )

        for bar in bars {
            for price in [bar.open, bar.high, bar.low, bar.close] {
                #expect(price * 4 == (price * 4).rounded() && price > 3000 && price < 7000)
            }
        }
    }

    @Test(arguments: ["ES.c.0", "CLZ6", "GC.c.1"])
    func shorterBarsAddUpToLongerOnes(symbol: String) throws {
        // The first Sunday of summer time is inside, and corrected days are.
        let week = try self.range("2026-03-02", "2026-03-12")

        let minutes = try self.market.bars(of: symbol, .oneMinute, in: week, asOf: self.now)
        let seconds = try self.market.bars(of: symbol, .oneSecond, in: week, asOf: self.now)
        let hours = try self.market.bars(of: symbol, .oneHour, in: week, asOf: self.now)
        let days = try self.market.bars(of: symbol, .oneDay, in: week, asOf: self.now)

        #expect(try self.rebuilt(seconds, .oneSecond, .oneMinute, week) == minutes)
        #expect(try self.rebuilt(minutes, .oneMinute, .oneHour, week) == hours)
        #expect(try self.rebuilt(hours, .oneHour, .oneDay, week) == days)
        #expect(seconds.count > minutes.count * 3)
        #expect(days.count == 9)
    }

    @Test func barsDoNotDependOnHowTheRangeIsCut() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SimulatedTestGenerator(seed: seed)
        let whole = try self.range("2026-03-05", "2026-03-11")
        for timeframe in [Timeframe.oneSecond, .oneMinute, .oneHour, .oneDay] {
            let expected = try self.market.bars(of: "ES.c.0", timeframe, in: whole, asOf: self.now)
            let cuts = (0..<20).map { _ in
                Timestamp(
                    nanoseconds: Int64.random(
                        in: whole.start.nanoseconds..<whole.end.nanoseconds,
                        using: &random
                    )
                )
            }
            let edges = ([whole.start, whole.end] + cuts).sorted()

            let pieces = try zip(edges, edges.dropFirst()).flatMap { start, end in
                try TimeRange(start, end).map {
                    try self.market.bars(of: "ES.c.0", timeframe, in: $0, asOf: self.now)
                } ?? []
            }

            #expect(pieces == expected, "seed \(seed), \(timeframe)")
        }
    }

    @Test func aWeekendAHolidayAndTheDailyBreakAreEmpty() throws {
        for (start, end) in [
            ("2026-01-09T22:00:00Z", "2026-01-11T23:00:00Z"),  // a weekend in winter
            ("2026-07-10T21:00:00Z", "2026-07-12T22:00:00Z"),  // a weekend in summer
            ("2026-04-02T21:00:00Z", "2026-04-05T22:00:00Z"),  // Good Friday
            ("2025-12-24T22:00:00Z", "2025-12-25T23:00:00Z"),  // Christmas Day
            ("2026-01-13T22:00:00Z", "2026-01-13T23:00:00Z"),  // the break of a day
        ] {
            let later = try Timestamp(parsing: "2027-01-01")
            let closed = try self.range(start, end)
            for timeframe in [Timeframe.oneSecond, .oneMinute, .oneHour] {
                let bars = try self.market.bars(of: "ES.c.0", timeframe, in: closed, asOf: later)
                #expect(bars.isEmpty, "\(start)")
            }
            let after = try TimeRange(
                start: closed.end,
                end: closed.end.advanced(byNanoseconds: 3_600_000_000_000)
            )
            #expect(try !self.market.bars(of: "ES.c.0", .oneMinute, in: after, asOf: later).isEmpty, "\(end)")
        }
    }

    @Test func someMinutesOfASessionAreQuietAndTheMorningIsBusiest() throws {
        var configuration = SimulatedMarket.Configuration()
        configuration.quietShare = 0.2
        let market = try SimulatedMarket(configuration: configuration)

        func bars(_ start: String, _ end: String) throws -> [Bar] {
            try market.bars(of: "ES.c.0", .oneMinute, in: self.range(start, end), asOf: self.now)
        }
        let morning = try bars("2026-02-03T15:00:00Z", "2026-02-03T16:00:00Z")
        let night = try bars("2026-02-03T05:00:00Z", "2026-02-03T06:00:00Z")

        #expect((30..<60).contains(morning.count) && (20..<58).contains(night.count))
        #expect(morning.map(\.volume).reduce(0, +) > 5 * night.map(\.volume).reduce(0, +))
    }

    @Test func aMarketThatIsAllQuietHasNothing() throws {
        var configuration = SimulatedMarket.Configuration()
        configuration.quietShare = 1
        let market = try SimulatedMarket(configuration: configuration)

        #expect(
            try market.bars(of: "ES.c.0", .oneMinute, in: self.range("2026-02-02", "2026-02-05"), asOf: self.now)
                .isEmpty
        )
        let latest = try market.latest(of: "ES.c.0", asOf: self.now)
        #expect(latest.quote == nil && latest.trade == nil)
    }

    @Test func aFormingBarGrowsAndFreezesWhenItsPeriodIsOver() throws {
        let hour = try self.range("2026-02-03T15:00:00Z", "2026-02-03T16:00:00Z")
        var volumes: [Double] = []
        for second in stride(from: Int64(0), through: 7200, by: 90) {
            let asOf = try hour.start.advanced(byNanoseconds: second * 1_000_000_000 + 1)
            let bars = try self.market.bars(of: "ES.c.0", .oneHour, in: hour, asOf: asOf)
            let trades = try self.market.trades(of: "ES.c.0", in: hour, asOf: asOf)

            #expect(trades.allSatisfy { $0.timestamp < asOf })
            #expect(bars.first?.volume ?? 0 == trades.map(\.size).reduce(0, +))
            #expect(bars.first?.close == trades.last?.price)
            #expect(bars.allSatisfy { $0.isFinal == (hour.end <= asOf) })
            volumes.append(bars.first?.volume ?? 0)
        }
        let whole = try self.market.bars(of: "ES.c.0", .oneHour, in: hour, asOf: self.now)
        #expect(volumes == volumes.sorted() && volumes[1] < volumes[20])
        #expect(Set(volumes[41...]) == Set(whole.map(\.volume)))
    }

    @Test func correctionsAppearAfterADayAndAreReported() throws {
        let days = try self.range("2026-01-05", "2026-03-31")
        let changed = self.market.changedDays(in: days, asOf: self.now)
        #expect((1..<20).contains(changed.count))

        for change in changed {
            let day = try TimeRange(start: change.day.start, end: change.day.advanced(byDays: 1).start)
            let before = change.modified.start.advancedSaturating(byNanoseconds: -1)
            let old = try self.market.bars(of: "ES.c.0", .oneMinute, in: day, asOf: before)
            let new = try self.market.bars(of: "ES.c.0", .oneMinute, in: day, asOf: change.modified.start)

            let differing = zip(old, new).filter { $0 != $1 }
            #expect(old.map(\.timestamp) == new.map(\.timestamp))
            #expect(differing.count < max(10, old.count / 10) && (old.count < 1000 || !differing.isEmpty))
            #expect(differing.allSatisfy { $0.volume < $1.volume })
            #expect(change.modified == change.day.advanced(byDays: 2))
            #expect(self.market.changedDays(in: day, asOf: before).isEmpty)
            #expect(self.market.changedDays(in: day, asOf: change.modified.start) == [change])
        }
    }

    @Test func daysThatAreNotReportedNeverChange() throws {
        let days = try self.range("2026-01-05", "2026-02-05")
        let changed = Set(self.market.changedDays(in: days, asOf: self.now).map(\.day))
        var number = CivilDate(containing: days.start)
        while number.start < days.end {
            let day = try TimeRange(start: number.start, end: number.advanced(byDays: 1).start)
            let first = try self.market.bars(of: "ES.c.0", .oneMinute, in: day, asOf: day.end)
            let later = try self.market.bars(of: "ES.c.0", .oneMinute, in: day, asOf: self.now)
            #expect((first == later) == !changed.contains(number), "\(number)")
            number = number.advanced(byDays: 1)
        }
    }

    @Test func pricesMayBeNegative() throws {
        var configuration = SimulatedMarket.Configuration()
        configuration.instruments["NEG"] = try SimulatedInstrument(
            tickNumerator: 1,
            tickDenominator: 100,
            basePrice: -12,
            swing: 5,
            volumePerMinute: 50
        )
        let market = try SimulatedMarket(configuration: configuration)

        let bars = try market.bars(of: "NEGZ6", .oneMinute, in: self.range("2026-02-03", "2026-02-04"), asOf: self.now)

        #expect(bars.count > 1000 && bars.allSatisfy { $0.high < 0 && $0.low < $0.high + 1 })
        #expect(
            bars
                == (try market.bars(of: "NEGZ6", .oneMinute, in: self.range("2026-02-03", "2026-02-04"), asOf: self.now))
        )
    }

    @Test func crudeOilGoesBelowZeroNowAndThen() throws {
        let year = try self.range("2016-01-01", "2017-01-01")

        let days = try self.market.bars(of: "CL.c.0", .oneDay, in: year, asOf: self.now)

        #expect(days.contains { $0.low < 0 } && days.contains { $0.low > 40 })
    }

    @Test(arguments: ["ES.c.0", "BTC.c.0", "ZZZ"])
    func quotesBracketTheLastPrice(symbol: String) throws {
        let day = try self.range("2026-02-03T14:00:00Z", "2026-02-03T18:00:00Z")
        for timeframe in [Timeframe.oneMinute, .oneSecond] {
            let bars = try self.market.bars(of: symbol, timeframe, in: day, asOf: self.now)
            let quotes = try self.market.quotes(of: symbol, timeframe, in: day, asOf: self.now)
            let closes = Dictionary(
                uniqueKeysWithValues: bars.map { (timeframe.end(ofPeriodStarting: $0.timestamp), $0.close) }
            )

            #expect(quotes.count >= bars.count - 1 && quotes.allSatisfy { day.contains($0.timestamp) })
            for quote in quotes {
                let bid = try #require(quote.bidPrice)
                let ask = try #require(quote.askPrice)
                #expect(bid < ask && (quote.bidSize ?? 0) >= 1 && (quote.askSize ?? 0) >= 1)
                if let close = closes[quote.timestamp] { #expect(bid <= close && close <= ask) }
            }
        }
    }

    @Test func theNewestPricesOfAClosedMarketAreThoseOfItsLastSession() throws {
        let sunday = try Timestamp(parsing: "2026-01-11T12:00:00Z")

        let latest = try self.market.latest(of: "ES.c.0", asOf: sunday)

        let session = try self.range("2026-01-09T20:00:00Z", "2026-01-09T22:00:00Z")
        let trades = try self.market.trades(of: "ES.c.0", in: session, asOf: sunday)
        #expect(latest.trade == trades.last)
        #expect(latest.quote?.timestamp == latest.trade?.timestamp)
        let (bid, ask) = (try #require(latest.quote?.bidPrice), try #require(latest.quote?.askPrice))
        let price = try #require(latest.trade?.price)
        #expect(bid <= price && price <= ask)
    }

    @Test func theNewestTradeIsTheLastOneBeforeTheInstant() throws {
        let minute = try self.range("2026-02-03T15:00:00Z", "2026-02-03T15:05:00Z")
        let trades = try self.market.trades(of: "ES.c.0", in: minute, asOf: self.now)
        #expect(trades.count > 10)
        for (earlier, later) in zip(trades, trades.dropFirst()) where earlier.timestamp < later.timestamp {
            #expect(try self.market.latest(of: "ES.c.0", asOf: later.timestamp).trade?.timestamp == earlier.timestamp)
        }
    }

    @Test func tradesAddUpToBars() throws {
        let hour = try self.range("2026-02-03T15:00:00Z", "2026-02-03T16:00:00Z")
        let trades = try self.market.trades(of: "BTC.c.0", in: hour, asOf: self.now)
        let bars = try self.market.bars(of: "BTC.c.0", .oneMinute, in: hour, asOf: self.now)

        for bar in bars {
            let inside = trades.filter { Timeframe.oneMinute.floor($0.timestamp) == bar.timestamp }
            #expect(inside.first?.price == bar.open && inside.last?.price == bar.close)
            #expect(inside.map(\.price).max() == bar.high && inside.map(\.price).min() == bar.low)
            #expect(inside.map(\.size).reduce(0, +) == bar.volume && inside.allSatisfy { $0.size >= 1 })
        }
        #expect(
            zip(trades, trades.dropFirst()).allSatisfy { $0.timestamp <= $1.timestamp && $0.sequence < $1.sequence }
        )
    }

    @Test(arguments: ["UNKNOWN", "UNKNOWN1", "", ".", "ES.", ".c.0", "ES..0", "ES-NQ", "ES c", "instrument_id:5"])
    func aSymbolThatDoesNotExistIsRefused(symbol: String) throws {
        let day = try self.range("2026-02-03", "2026-02-04")
        let error = #expect(throws: ProviderError.self) {
            try self.market.bars(of: symbol, .oneMinute, in: day, asOf: self.now)
        }
        #expect(error?.code == .symbolUnknown)
    }

    @Test func nothingExistsBeforeTheStartOrAtTheEndsOfTime() throws {
        let before = try self.range("2000-01-01", "2010-06-06")
        #expect(try self.market.bars(of: "ES", .oneDay, in: before, asOf: self.now).isEmpty)
        let all = try TimeRange(start: Timestamp(nanoseconds: .min), end: Timestamp(nanoseconds: .max))
        #expect(
            try self.market.bars(of: "ES", .oneDay, in: all, asOf: Timestamp(parsing: "2010-06-20")).count == 12
        )
        #expect(try self.market.quotes(of: "ES", .oneMinute, in: all, asOf: Timestamp(nanoseconds: .min)).isEmpty)
        #expect(try self.market.latest(of: "ES", asOf: Timestamp(nanoseconds: .min)).trade == nil)
        #expect(self.market.changedDays(in: all, asOf: Timestamp(nanoseconds: .min)).isEmpty)
    }
}
