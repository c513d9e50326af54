import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct BarMemoryTests {
    private let hour = Timeframe.oneHour.nanoseconds
    private let start = Timestamp(nanoseconds: 1_767_571_200_000_000_000)  // Monday 2026-01-05T00:00:00Z

    private func time(_ hours: Int64) -> Timestamp { self.start.advancedSaturating(byNanoseconds: hours * self.hour) }

    private func range(_ first: Int64, _ end: Int64) throws -> TimeRange {
        try TimeRange(start: self.time(first), end: self.time(end))
    }

    private func series(_ symbol: String = "ES") throws -> Series {
        try Series(provider: ProviderID(parsing: "scripted"), symbol: symbol, timeframe: .oneHour)
    }

    private func bars(_ hours: some Sequence<Int64>, close: Double = 1) -> [Bar] {
        hours.map { Bar(timestamp: self.time($0), open: 1, high: 1, low: 1, close: close, volume: 1) }
    }

    private func horizon(_ start: Int64, _ end: Int64) -> Horizon {
        Horizon(
            start: self.time(start),
            availableEnd: self.time(end),
            timeframe: .oneHour,
            askedTick: 0,
            deadlineTick: 5
        )
    }

    private func content(
        _ range: TimeRange,
        bars: [Bar],
        final: RangeSet? = nil,
        provisional: [Coverage.Provisional] = [],
        databaseNow: Timestamp = .earliest,
        tick: Int64 = 0
    ) -> MemoryContent {
        MemoryContent(
            range: range,
            bars: bars,
            coverage: Coverage(final: final ?? RangeSet(range), provisional: provisional),
            databaseNow: databaseNow,
            tick: tick
        )
    }

    @Test func rangeThatWasFilledIsRead() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        let bars = self.bars(0..<200)
        memory.fill(self.content(try self.range(0, 200), bars: bars), ticket: memory.ticket(series))

        let read = memory.read(series, try self.range(50, 190), tick: 0)

        #expect(read?.bars == Array(bars[50..<190]))
        #expect(read?.range == (try self.range(50, 190)))
        #expect(read?.oldestTick == HeldStretch.neverExpires)
        #expect(memory.read(series, try self.range(50, 201), tick: 0) == nil)
        #expect(memory.read(try self.series("NQ"), try self.range(50, 60), tick: 0) == nil)
        memory.checkInvariants()
    }

    @Test func stretchWithoutBarsIsKnownToBeEmpty() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        memory.fill(self.content(try self.range(0, 300), bars: self.bars([5, 290])), ticket: memory.ticket(series))

        #expect(memory.read(series, try self.range(100, 200), tick: 0)?.bars == [])
        let usage = memory.usage
        #expect((usage.bars, usage.pages, usage.series, usage.evictions) == (2, 6, 1, 0))
        memory.checkInvariants()
    }

    @Test func barsOutsideWhatIsKnownAreNotKept() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        let known = RangeSet([try self.range(0, 10), try self.range(20, 30)])
        memory.fill(
            self.content(try self.range(0, 30), bars: self.bars(0..<30), final: known),
            ticket: memory.ticket(series)
        )

        #expect(memory.usage.bars == 20)
        #expect(memory.read(series, try self.range(0, 30), tick: 0) == nil)
        #expect(memory.read(series, try self.range(20, 30), tick: 0)?.bars.count == 10)
        #expect(
            memory.freshRanges(series, in: try self.range(5, 25), tick: 0).ranges == [
                try self.range(5, 10), try self.range(20, 25),
            ]
        )
        memory.checkInvariants()
    }

    @Test func provisionalStretchExpiresByTheDatabasesAgeOfIt() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        let second: Int64 = 1_000_000_000
        // Fetched 100 s before it was read; a one-hour bar lives 300 s.
        let databaseNow = self.time(1)
        let fetchedAt = databaseNow.advancedSaturating(byNanoseconds: -100 * second)
        memory.fill(
            self.content(
                try self.range(0, 2),
                bars: self.bars(0..<2),
                final: RangeSet(try self.range(0, 1)),
                provisional: [Coverage.Provisional(range: try self.range(1, 2), fetchedAt: fetchedAt)],
                databaseNow: databaseNow,
                tick: 1_000 * second
            ),
            ticket: memory.ticket(series)
        )

        #expect(memory.read(series, try self.range(0, 2), tick: 1_199 * second)?.oldestTick == 900 * second)
        #expect(memory.read(series, try self.range(0, 2), tick: 1_200 * second) == nil)
        #expect(memory.read(series, try self.range(0, 1), tick: 9_999 * second)?.bars.count == 1)
        #expect(memory.read(series, try self.range(0, 2), tick: 1_200 * second, accepting: .any)?.bars.count == 2)

        #expect(memory.dropExpired(tick: 1_200 * second) == 1)
        #expect(memory.read(series, try self.range(0, 2), tick: 0, accepting: .any) == nil)
        memory.checkInvariants()
    }

    @Test func whatWasReadBeforeAChangeIsNotFilledInAfterIt() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        let range = try self.range(0, 10)
        let ticket = memory.ticket(series)

        memory.replace(series, self.content(range, bars: self.bars(0..<10, close: 2)))
        memory.fill(self.content(range, bars: self.bars(0..<10, close: 1)), ticket: ticket)

        #expect(memory.read(series, range, tick: 0)?.bars.allSatisfy { $0.close == 2 } == true)

        let second = memory.ticket(series)
        memory.invalidate(series, try self.range(4, 5))
        memory.fill(self.content(range, bars: self.bars(0..<10, close: 1)), ticket: second)

        #expect(memory.read(series, range, tick: 0) == nil)
        #expect(memory.read(series, try self.range(5, 10), tick: 0)?.bars.count == 5)
        memory.checkInvariants()
    }

    @Test func whatIsHeldIsAnsweredAlsoWhenTheProvidersEndHasGoneBack() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        memory.fill(self.content(try self.range(0, 200), bars: self.bars(0..<200)), ticket: memory.ticket(series))
        memory.setHorizon(series, self.horizon(10, 100))

        let whole = memory.read(series, try self.range(90, 200), tick: 0)
        let beyond = memory.read(series, try self.range(150, 210), tick: 0)
        #expect(whole?.bars.count == 110)
        #expect(whole?.range == (try self.range(90, 200)))
        #expect(beyond?.bars.count == 50)
        #expect(beyond?.range == (try self.range(150, 200)))
        #expect(
            MissingRanges.beyondHorizon(try self.range(150, 210), known: beyond?.range, horizon: beyond?.horizon)
                .map(\.range) == [try self.range(200, 210)]
        )
    }

    @Test func horizonBoundsWhatIsAsked() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        memory.replace(series, self.content(try self.range(10, 20), bars: self.bars(10..<20)))
        memory.setHorizon(series, self.horizon(10, 20))

        #expect(memory.read(series, try self.range(0, 30), tick: 4)?.range == (try self.range(10, 20)))
        #expect(memory.read(series, try self.range(25, 30), tick: 4)?.range == nil)
        #expect(memory.read(series, try self.range(0, 30), tick: 5) == nil)
        #expect(memory.readRecent(series, 3, lookback: .max, tick: 5) == nil)
    }

    @Test func newestBarsAreFoundAcrossEmptyPages() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        let hours = Array<Int64>(0..<30) + Array(400..<410)
        memory.replace(series, self.content(try self.range(0, 410), bars: self.bars(hours)))
        memory.setHorizon(series, self.horizon(-1_000, 410))

        let read = memory.readRecent(series, 15, lookback: .max, tick: 0)

        #expect(read?.bars == self.bars(Array(25..<30) + Array(400..<410)))
        #expect(read?.range == (try self.range(25, 410)))
        #expect(memory.readRecent(series, 41, lookback: .max, tick: 0) == nil, "nothing is known before hour 0")
        #expect(memory.readRecent(series, 41, lookback: 405 * self.hour, tick: 0)?.bars.count == 35)
    }

    @Test func newestBarsEndAtTheProvidersFirst() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        memory.replace(series, self.content(try self.range(0, 64), bars: self.bars(0..<64)))
        memory.setHorizon(series, self.horizon(0, 64))

        let read = memory.readRecent(series, 100, lookback: .max, tick: 0)

        #expect(read?.bars.count == 64)
        #expect(read?.range == (try self.range(0, 64)))
    }

    @Test func ofALongRangeTheNewestPagesAreKept() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        memory.fill(self.content(try self.range(0, 5_000), bars: self.bars(0..<5_000)), ticket: memory.ticket(series))

        #expect(memory.usage.bars <= 564)
        #expect(memory.read(series, try self.range(4_600, 5_000), tick: 0)?.bars.count == 400)
        memory.checkInvariants()
    }

    @Test func whatStaysOutOfMemoryAfterAPurchaseIsNotAnsweredFromBefore() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let series = try self.series()
        memory.replace(series, self.content(try self.range(0, 10), bars: self.bars(0..<10, close: 1)))

        memory.replace(series, self.content(try self.range(0, 5_000), bars: self.bars(0..<5_000, close: 2)))

        #expect(memory.read(series, try self.range(0, 10), tick: 0) == nil)
        memory.checkInvariants()
    }

    @Test func readNewestPageSurvivesABackfill() throws {
        let memory = BarMemory(barsMax: 1_000, freshness: FreshnessPolicy())
        let hot = try self.series("HOT")
        memory.replace(hot, self.content(try self.range(0, 64), bars: self.bars(0..<64)))
        _ = memory.read(hot, try self.range(40, 64), tick: 0)

        for symbol in 0..<40 {
            let cold = try self.series("COLD\(symbol)")
            memory.replace(cold, self.content(try self.range(0, 320), bars: self.bars(0..<320)))
        }

        #expect(memory.read(hot, try self.range(40, 64), tick: 0)?.bars.count == 24)
        #expect(memory.usage.bars <= 1_000)
        memory.checkInvariants()
    }

    @Test func randomChangesAgreeWithAModelThatForgetsNothing() throws {
        var random = SeededRandom()
        for budget in [40, 300, 100_000] {
            let memory = BarMemory(barsMax: budget, freshness: FreshnessPolicy())
            var models: [Series: [Int64: Double?]] = [:]  // hour -> close, nil when known to be empty
            let all = try ["A", "B", "C"].map { try self.series($0) }
            for step in 0..<600 {
                let series = all.randomElement(using: &random)!
                let first = Int64.random(in: 0..<500, using: &random)
                let end = first + Int64.random(in: 1..<200, using: &random)
                let range = try self.range(first, end)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<3:
                    let hours = (first..<end).filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
                    memory.replace(series, self.content(range, bars: self.bars(hours, close: Double(step))))
                    for hour in first..<end { models[series, default: [:]][hour] = .some(nil) }
                    for hour in hours { models[series, default: [:]][hour] = .some(Double(step)) }
                case 3:
                    memory.invalidate(series, range)
                    for hour in first..<end { models[series, default: [:]][hour] = nil }
                default:
                    guard let read = memory.read(series, range, tick: 0) else { break }
                    let expected = (first..<end).compactMap { hour -> Bar? in
                        models[series]?[hour].flatMap { $0 }.flatMap { self.bars([hour], close: $0).first }
                    }
                    #expect(read.bars == expected, "\(random)")
                    #expect((first..<end).allSatisfy { models[series]?[$0] != nil }, "\(random)")
                }
                memory.checkInvariants()
            }
        }
    }
}
