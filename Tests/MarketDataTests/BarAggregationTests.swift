import MarketData
import Testing

@Suite struct BarAggregationTests {
    private static let day = Timestamp(nanoseconds: 1_767_571_200_000_000_000)  // 2026-01-05T00:00:00Z
    private static let minute = Timeframe.oneMinute.nanoseconds

    private func at(_ minutes: Int) -> Timestamp {
        Self.day.advancedSaturating(byNanoseconds: Int64(minutes) * Self.minute)
    }

    private func minutes(_ start: Int, _ end: Int) throws -> RangeSet {
        RangeSet(try TimeRange(start: self.at(start), end: self.at(end)))
    }

    private func bar(_ minute: Int, _ price: Double, volume: Double = 1, revision: Int32 = 1) -> Bar {
        Bar(
            timestamp: self.at(minute),
            open: price,
            high: price + 2,
            low: price - 2,
            close: price + 1,
            volume: volume,
            revision: revision
        )
    }

    @Test func aWholePeriodTakesFirstOpenLastCloseExtremesAndSum() throws {
        let bars = [self.bar(0, 10, volume: 3), self.bar(2, -5, volume: 4), self.bar(4, 7, volume: 5)]
        let known = try self.minutes(0, 5)

        let result = try BarAggregation.aggregate(
            bars,
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known
        )

        #expect(
            result == [Bar(timestamp: self.at(0), open: 10, high: 12, low: -7, close: 8, volume: 12)]
        )
    }

    @Test func aPeriodWithoutABarHasNoBar() throws {
        let known = try self.minutes(0, 15)

        let result = try BarAggregation.aggregate(
            [self.bar(1, 10), self.bar(14, 11)],
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known
        )

        #expect(result.map(\.timestamp) == [self.at(0), self.at(10)])
    }

    @Test func aPeriodWithAHoleInItsCoverageHasNoBar() throws {
        let known = try self.minutes(0, 7).union(self.minutes(8, 15))

        let result = try BarAggregation.aggregate(
            (0..<15).map { self.bar($0, 10) },
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known
        )

        #expect(result.map(\.timestamp) == [self.at(0), self.at(10)])
    }

    @Test func aPeriodWhoseStartIsNotCoveredHasNoBar() throws {
        let known = try self.minutes(1, 5)

        let result = try BarAggregation.aggregate(
            [self.bar(1, 10)],
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known
        )

        #expect(result.isEmpty)
    }

    @Test func theNewestPeriodFormsFromWhatIsKnownAndIsNotFinal() throws {
        let known = try self.minutes(0, 7)

        let result = try BarAggregation.aggregate(
            (0..<9).map { self.bar($0, Double($0)) },
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: try self.minutes(0, 6)
        )

        #expect(result.map(\.isFinal) == [true, false])
        #expect(result.map(\.volume) == [5, 2])
        #expect(result.last?.close == 7)
    }

    @Test func behindWhatIsFinalNoPeriodFormsBecauseThereMayBeMore() throws {
        let known = try self.minutes(0, 7)

        let result = try BarAggregation.aggregate(
            (0..<9).map { self.bar($0, Double($0)) },
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known
        )

        #expect(result.map(\.volume) == [5])
    }

    @Test func aPartlyKnownPeriodThatIsOverHasNoBarWhenTheAvailableEndIsGiven() throws {
        let known = try self.minutes(0, 7)
        let bars = (0..<7).map { self.bar($0, 10) }

        let over = try BarAggregation.aggregate(
            bars,
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known,
            availableEnd: self.at(60)
        )
        let behind = try BarAggregation.aggregate(
            bars,
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known,
            availableEnd: self.at(8)
        )
        let forming = try BarAggregation.aggregate(
            bars,
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known,
            availableEnd: self.at(6)
        )

        #expect(over.count == 1)
        #expect(behind.count == 1)
        #expect(forming.map(\.volume) == [5, 2])
    }

    @Test func aPeriodKnownOnlyProvisionallyIsNotFinal() throws {
        let result = try BarAggregation.aggregate(
            (0..<10).map { self.bar($0, 10) },
            from: .oneMinute,
            to: .fiveMinutes,
            complete: self.minutes(0, 10),
            final: self.minutes(0, 9)
        )

        #expect(result.map(\.isFinal) == [true, false])
    }

    @Test func aRevisionOfAnyBarRaisesTheRevision() throws {
        let known = try self.minutes(0, 10)
        let bars = [
            self.bar(0, 1, revision: 3), self.bar(1, 1), self.bar(2, 1, revision: 2),
            self.bar(5, 1, revision: .max), self.bar(6, 1, revision: 9), self.bar(7, 1, revision: .min),
        ]

        let result = try BarAggregation.aggregate(
            bars,
            from: .oneMinute,
            to: .fiveMinutes,
            complete: known,
            final: known
        )

        #expect(result.map(\.revision) == [4, .max])
    }

    @Test(arguments: [
        (Timeframe.oneHour, Timeframe.oneMinute), (.oneMinute, .oneMinute), (.tenMinutes, .fifteenMinutes),
    ])
    func aTimeframeThatIsNotMadeOfTheOtherIsRefused(source: Timeframe, target: Timeframe) throws {
        let error = #expect(throws: MarketDataError.self) {
            try BarAggregation.aggregate([], from: source, to: target, complete: RangeSet(), final: RangeSet())
        }
        #expect(error?.code == .indivisibleTimeframe)
    }

    @Test func barsThatAreNotSoundAreRefused() throws {
        let known = try self.minutes(0, 60)
        var offGrid = self.bar(0, 1)
        offGrid.timestamp = self.at(0).advancedSaturating(byNanoseconds: 1)
        let cases: [[Bar]] = [
            [self.bar(1, 1), self.bar(0, 1)],
            [self.bar(1, 1), self.bar(1, 1)],
            [offGrid],
            [self.bar(0, .nan)],
            [self.bar(0, .infinity)],
            [self.bar(0, 1, volume: .nan)],
            [self.bar(0, 1, volume: .greatestFiniteMagnitude), self.bar(1, 1, volume: .greatestFiniteMagnitude)],
        ]
        for bars in cases {
            let error = #expect(throws: MarketDataError.self) {
                try BarAggregation.aggregate(bars, from: .oneMinute, to: .oneHour, complete: known, final: known)
            }
            #expect(error?.code == .malformedBars)
        }
    }

    @Test func theEndsOfInt64DoNotTrap() throws {
        for nanoseconds in [Int64.min, .max] {
            let edge = Timeframe.oneMinute.floor(Timestamp(nanoseconds: nanoseconds))
            let bar = Bar(timestamp: edge, open: 1, high: 1, low: 1, close: 1, volume: 1)
            let all = RangeSet(
                try TimeRange(start: Timestamp(nanoseconds: .min), end: Timestamp(nanoseconds: .max))
            )

            _ = try BarAggregation.aggregate([bar], from: .oneMinute, to: .oneDay, complete: all, final: all)
        }
    }

    @Test func itEqualsANaiveModel() throws {
        for seed in UInt64(0)..<300 {
            var random = SeededGenerator(seed: seed)
            let bars = (0..<240).compactMap { minute in
                Bool.random(using: &random)
                    ? self.bar(
                        minute,
                        Double.random(in: -50...50, using: &random).rounded(),
                        volume: Double(Int.random(in: 0...9, using: &random)),
                        revision: Int32.random(in: 1...3, using: &random)
                    ) : nil
            }
            let target = [Timeframe.fiveMinutes, .fifteenMinutes, .oneHour, .fourHours].randomElement(using: &random)!
            var complete = RangeSet()
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let start = Int.random(in: 0..<240, using: &random)
                complete.insert(
                    try TimeRange(start: self.at(start), end: self.at(Int.random(in: start + 1...240, using: &random)))
                )
            }
            let cut = Int.random(in: 1...240, using: &random)
            let final = complete.intersection(try TimeRange(start: self.at(0), end: self.at(cut)))

            let result = try BarAggregation.aggregate(
                bars,
                from: .oneMinute,
                to: target,
                complete: complete,
                final: final
            )

            #expect(
                result == self.naive(bars, target: target, complete: complete, final: final),
                "seed \(seed)"
            )
        }
    }

    /// Looks at every minute of every period on its own.
    private func naive(_ bars: [Bar], target: Timeframe, complete: RangeSet, final: RangeSet) -> [Bar] {
        let length = Int(target.nanoseconds / Self.minute)
        let lastKnown = (0..<240).last { complete.contains(self.at($0)) }
        return stride(from: 0, to: 240, by: length).compactMap { start in
            let slots = Array(start..<start + length)
            let known = slots.filter { complete.contains(self.at($0)) }
            let isForming =
                known.last == lastKnown && known == Array(slots.prefix(known.count))
                && !(lastKnown.map { final.contains(self.at($0)) } ?? false)
            guard known.count == length || isForming else { return nil }
            let inside = bars.filter { bar in known.contains { self.at($0) == bar.timestamp } }
            guard let first = inside.first, let last = inside.last else { return nil }
            return Bar(
                timestamp: self.at(start),
                open: first.open,
                high: inside.map(\.high).max() ?? first.high,
                low: inside.map(\.low).min() ?? first.low,
                close: last.close,
                volume: inside.map(\.volume).reduce(0, +),
                revision: 1 + inside.map { $0.revision - 1 }.reduce(0, +),
                isFinal: slots.allSatisfy { final.contains(self.at($0)) }
            )
        }
    }

    @Test func buildingInTwoStepsEqualsBuildingInOne() throws {
        for seed in UInt64(0)..<50 {
            var random = SeededGenerator(seed: seed)
            let known = try self.minutes(0, 1440)
            let bars = (0..<1440).compactMap { minute in
                Int.random(in: 0..<4, using: &random) == 0
                    ? nil : self.bar(minute, Double.random(in: -5...5, using: &random).rounded())
            }

            func build(_ bars: [Bar], _ source: Timeframe, _ target: Timeframe) throws -> [Bar] {
                try BarAggregation.aggregate(bars, from: source, to: target, complete: known, final: known)
            }
            let hours = try build(build(bars, .oneMinute, .fiveMinutes), .fiveMinutes, .oneHour)

            #expect(try build(bars, .oneMinute, .oneHour) == hours, "seed \(seed)")
            #expect(try build(bars, .oneMinute, .oneDay) == build(hours, .oneHour, .oneDay), "seed \(seed)")
        }
    }
}
