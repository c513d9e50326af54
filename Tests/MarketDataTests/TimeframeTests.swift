import MarketData
import Testing

@Suite struct TimeframeTests {
    @Test(arguments: Timeframe.allCases)
    func theCanonicalSpellingIsReadBack(timeframe: Timeframe) throws {
        #expect(try Timeframe(parsing: timeframe.description) == timeframe)
    }

    @Test(
        arguments: [
            ("1sec", .oneSecond), ("60s", .oneMinute), ("1min", .oneMinute), ("5min", .fiveMinutes),
            ("10min", .tenMinutes), ("15min", .fifteenMinutes), ("30min", .thirtyMinutes), ("60m", .oneHour),
            ("60min", .oneHour), ("1H", .oneHour), ("3600s", .oneHour), ("120m", .twoHours), ("2H", .twoHours),
            ("240m", .fourHours), ("4H", .fourHours), ("D", .oneDay), ("d", .oneDay), ("1D", .oneDay),
            ("1day", .oneDay),
            ("24h", .oneDay), ("1440m", .oneDay), ("86400s", .oneDay),
        ] as [(String, Timeframe)]
    )
    func anAliasBecomesItsTimeframe(text: String, timeframe: Timeframe) throws {
        #expect(try Timeframe(parsing: text) == timeframe)
    }

    @Test(arguments: [
        "", " ", "1M", "M", "1w", "3m", "0m", "-1m", "1m ", " 1m", "1 m", "01m", "1mm", "5M", "７m", "1h\n",
    ])
    func otherTextIsRefusedWithWhatIsAllowed(text: String) throws {
        let error = #expect(throws: MarketDataError.self) { try Timeframe(parsing: text) }
        #expect(error?.code == .malformedTimeframe)
        #expect(error?.message.contains("1s 1m 5m 10m 15m 30m 1h 2h 4h 1d") == true)
    }

    @Test func floorAndCeilingLieOnTheGridAroundAnyTime() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for timeframe in Timeframe.allCases {
            let length = timeframe.nanoseconds
            for _ in 0..<1000 {
                let time = Timestamp(
                    nanoseconds: Bool.random(using: &random)
                        ? Int64.random(in: Int64.min + length...Int64.max - length, using: &random)
                        : Int64.random(in: -3...3, using: &random) * length + Int64.random(in: -1...1, using: &random)
                )
                let (floor, ceiling) = (timeframe.floor(time), timeframe.ceiling(time))

                #expect(floor.nanoseconds % length == 0 && ceiling.nanoseconds % length == 0, "seed \(seed)")
                #expect(floor <= time && time <= ceiling, "seed \(seed)")
                #expect(time.nanoseconds - floor.nanoseconds < length, "seed \(seed)")
                #expect(ceiling.nanoseconds - floor.nanoseconds == (floor == time ? 0 : length), "seed \(seed)")
                #expect(timeframe.end(ofPeriodStarting: floor).nanoseconds - floor.nanoseconds == length)
            }
        }
    }

    @Test(arguments: Timeframe.allCases)
    func theEndsOfInt64AreHeld(timeframe: Timeframe) throws {
        let (first, last) = (Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))

        #expect(timeframe.floor(first) == first && timeframe.ceiling(last) == last)
        #expect(timeframe.floor(last) <= last && timeframe.ceiling(first) >= first)
        #expect(timeframe.end(ofPeriodStarting: last) == last)
        #expect(try TimeRange(start: first, end: last).expanded(to: timeframe).nanoseconds == .max)
    }

    @Test func divisibilityFollowsTheLengths() {
        for coarse in Timeframe.allCases {
            for fine in Timeframe.allCases {
                let expected = fine.nanoseconds < coarse.nanoseconds && coarse.nanoseconds % fine.nanoseconds == 0
                #expect(coarse.isDivisible(by: fine) == expected)
            }
        }
        #expect(Timeframe.allCases.sorted() == Timeframe.allCases)
    }
}
