import MarketData
import MarketStore
import SQLDatabase
import TestSupport
import Testing

@Suite struct StoreAtomicityTests {
    private static let stretch = range("2026-01-05T00:00:00Z", "2026-01-05T04:00:00Z")

    @Test(arguments: TestDatabase.kinds, ["bars_cache", "series", "purchases"])
    func pieceThatFailsLeavesNothingBehind(_ kind: TestDatabase.Kind, table: String) async throws {
        try await StoreFixture.with(kind) { fixture in
            let purchase = try await fixture.store.beginPurchase(
                NewPurchase(series: .of(), range: Self.stretch, client: "bot", requestID: "1")
            )
            _ = try await fixture.store([.at("2026-01-05T00:00:00Z", 1)], Self.stretch, settledEnd: "2026-01-05")
            let before = try await fixture.everything()
            try await Self.refuseUpdates(of: table, in: fixture.test.database)
            var piece = StoredPiece<Bar>(
                series: .of(),
                records: [.at("2026-01-05T00:00:00Z", 2), .at("2026-01-05T01:00:00Z", 2)],
                range: Self.stretch,
                settledEnd: time("2026-01-06")
            )
            piece.purchase = purchase
            piece.byteCount = 112

            let failing = piece
            await #expect(throws: SQLError.self) { try await fixture.store.storeBars(failing) }

            let after = try await fixture.everything()
            #expect(after == before)
            let ledger = try await fixture.store.ledger(LedgerQuery())
            #expect(ledger.map(\.figures.recordCount) == [0])
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func progressOfAPurchaseIsStoredWithItsPieces(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let purchase = try await fixture.store.beginPurchase(
                NewPurchase(series: .of(), range: Self.stretch, client: "bot", requestID: "1")
            )
            for hour in 0..<3 {
                let piece = StoredPiece(
                    series: .of(),
                    records: [Bar.at("2026-01-05T0\(hour):00:00Z", 1)],
                    range: range("2026-01-05T0\(hour):00:00Z", "2026-01-05T0\(hour + 1):00:00Z"),
                    settledEnd: time("2026-01-06"),
                    purchase: purchase,
                    byteCount: 56
                )
                _ = try await fixture.store.storeBars(piece)
            }

            let row = try #require(try await fixture.store.ledger(LedgerQuery()).first)
            #expect(row.state == .started)
            #expect(row.figures.recordCount == 3)
            #expect(row.figures.byteCount == 168)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func pieceOfAPurchaseThatTheLedgerLacksIsStoredNevertheless(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let piece = StoredPiece(
                series: .of(),
                records: [Bar.at("2026-01-05T00:00:00Z", 1)],
                range: Self.stretch,
                settledEnd: time("2026-01-06"),
                purchase: PurchaseID(rawValue: 4_711)
            )

            let outcome = try await fixture.store.storeBars(piece)

            #expect(outcome.inserted == 1)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func manyRecordsAreStoredAndReadInOnePiece(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let seconds = Series.of("ES.c.0", .oneSecond)
            let start = time("2026-01-05T00:00:00Z")
            let bars = (0..<25_001).map { second in
                Bar(
                    timestamp: start.advancedSaturating(byNanoseconds: Int64(second) * 1_000_000_000),
                    open: 0.1,
                    high: 0.3,
                    low: 0.1,
                    close: 0.1 + 0.2 - 0.1,
                    volume: Double(second)
                )
            }
            let stretch = range("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")
            let outcome = try await fixture.store(bars, stretch, settledEnd: "2026-01-07", series: seconds)
            #expect(outcome.inserted == bars.count)

            var pages: [Bar] = []
            var rest: TimeRange? = stretch
            while let range = rest {
                let page = try await fixture.store.bars(seconds, in: range, limit: 10_000).records
                pages += page
                rest = page.last.flatMap { TimeRange($0.timestamp.advancedSaturating(byNanoseconds: 1), stretch.end) }
            }
            #expect(pages == bars)

            let emptied = try await fixture.store(
                [],
                stretch,
                settledEnd: "2026-01-07",
                mode: .refresh,
                series: seconds
            )
            #expect(emptied.removed == bars.count)
            #expect(emptied.coverage.final == RangeSet(stretch))
        }
    }

    /// Makes the database refuse any update of a row of `table`.
    private static func refuseUpdates(of table: String, in database: Database) async throws {
        let trigger =
            switch database.dialect {
            case .sqlite:
                """
                CREATE TRIGGER refuse BEFORE UPDATE ON \(table) BEGIN SELECT RAISE(ABORT, 'refused by the test'); END
                """
            case .postgres:
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON \(table) EXECUTE FUNCTION refuse();
                """
            }
        try await database.write { try $0.executeScript(trigger) }
    }
}
