import MarketData
import MarketStore
import TestSupport
import Testing

/// Pieces that are written some time after they were fetched.
@Suite struct LatePieceTests {
    private static let hours = range("2026-01-07T10:00:00Z", "2026-01-07T12:00:00Z")

    private static func piece(_ price: Double, settled: String, age: Duration) -> StoredPiece<Bar> {
        StoredPiece(
            series: .of(),
            records: [.at("2026-01-07T10:00:00Z", price), .at("2026-01-07T11:00:00Z", price)],
            range: Self.hours,
            settledEnd: time(settled),
            age: age
        )
    }

    @Test(arguments: TestDatabase.kinds)
    func provisionalDataAreAsOldAsTheirFetch(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let fetched = fixture.clock.now
            fixture.clock.advance(seconds: 90)
            let late = Self.piece(1, settled: "2026-01-07T11:00:00Z", age: .seconds(90))
            let outcome = try await fixture.store.storeBars(late)

            #expect(outcome.coverage.provisional.map(\.fetchedAt) == [fetched])
            let again = try await fixture.store.storeBars(late)
            #expect(again.version == outcome.version && again.unchanged == 2, "writing it again changes nothing")
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func latePieceDoesNotUndoWhatWasFetchedSince(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store.storeBars(Self.piece(2, settled: "2026-01-07T10:00:00Z", age: .zero))
            let newer = fixture.clock.now
            fixture.clock.advance(seconds: 60)
            let late = try await fixture.store.storeBars(
                Self.piece(1, settled: "2026-01-07T11:00:00Z", age: .seconds(120))
            )

            // What had settled in the late piece is the truth; what was forming then is older than what is stored.
            #expect(late.records.map(\.open) == [1, 2])
            #expect(late.coverage.final == RangeSet(range("2026-01-07T10:00:00Z", "2026-01-07T11:00:00Z")))
            #expect(late.coverage.provisional.map(\.fetchedAt) == [newer])
            #expect(late.outdated == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func sliceForeseesWhatStoringMakesOfIt(_ kind: TestDatabase.Kind) async throws {
        var random = SeededRandom()
        try await StoreFixture.with(kind) { fixture in
            for _ in 0..<40 {
                let start = Int64.random(in: 0..<20, using: &random)
                let length = Int64.random(in: 1...6, using: &random)
                let hour = Timeframe.oneHour.nanoseconds
                let origin = time("2026-01-06T00:00:00Z")
                let first = origin.advancedSaturating(byNanoseconds: start * hour)
                let stretch = try TimeRange(start: first, end: first.advancedSaturating(byNanoseconds: length * hour))
                let settled = stretch.start.advancedSaturating(
                    byNanoseconds: Int64.random(in: 0...length, using: &random) * hour
                )
                let bars = (0..<length).filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.map { offset in
                    Bar(
                        timestamp: first.advancedSaturating(byNanoseconds: offset * hour),
                        open: Double(Int.random(in: 1...3, using: &random)),
                        high: 9,
                        low: 0,
                        close: 1,
                        volume: 1
                    )
                }
                let piece = StoredPiece(
                    series: .of(),
                    records: bars,
                    range: stretch,
                    settledEnd: settled,
                    mode: Bool.random(using: &random) ? .fetch : .refresh,
                    age: .seconds(Int.random(in: 0...300, using: &random))
                )
                fixture.clock.advance(seconds: Int64.random(in: 1...200, using: &random))
                let before = try await fixture.everything()
                let foreseen = try before.storing(piece, within: range("1990-01-01", "2200-01-01"))
                let outcome = try await fixture.store.storeBars(piece)
                let after = try await fixture.everything()

                #expect(foreseen?.slice.records == after.records, "\(random)")
                #expect(foreseen?.slice.coverage == after.coverage, "\(random)")
                #expect(foreseen?.outcome.revised == outcome.revised, "\(random)")
            }
        }
    }
}
