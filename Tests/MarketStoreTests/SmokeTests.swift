import MarketData
import MarketStore
import TestSupport
import Testing

@Suite struct SmokeTests {
    @Test(arguments: TestDatabase.kinds) func roundTrip(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let series = Series.of()
            let range = range("2026-01-05T00:00:00Z", "2026-01-05T03:00:00Z")
            let id = try await fixture.store.beginPurchase(
                NewPurchase(series: series, range: range, client: "bot", requestID: "r1")
            )
            let outcome = try await fixture.store.storeBars(
                StoredPiece(
                    series: series,
                    records: [.at("2026-01-05T00:00:00Z", 100), .at("2026-01-05T02:00:00Z", -101)],
                    range: range,
                    settledEnd: time("2026-01-05T02:30:00Z"),
                    purchase: id,
                    byteCount: 112
                )
            )
            #expect(outcome.version == 1)
            #expect(outcome.records.map(\.isFinal) == [true, false])
            let slice = try await fixture.store.bars(series, in: range, limit: nil)
            #expect(slice.records == outcome.records)
            #expect(slice.coverage == outcome.coverage)
            #expect(slice.databaseNow == fixture.clock.now)
            try await fixture.store.finishPurchase(
                id,
                figures: PurchaseFigures(
                    recordCount: 2,
                    byteCount: 112,
                    costUSD: 0.1,
                    requestCount: 1,
                    duration: .seconds(1)
                )
            )
            let rows = try await fixture.store.ledger(LedgerQuery())
            #expect(rows.count == 1)
            let totals = try await fixture.store.ledgerTotals(LedgerQuery())
            #expect(totals.first?.costUSD == 0.1)
        }
    }
}
