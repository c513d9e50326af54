import MarketData
import MarketStore
import TestSupport
import Testing

/// Several writes in one transaction.
@Suite struct StoreTogetherTests {
    private static let hours = range("2026-01-07T10:00:00Z", "2026-01-07T12:00:00Z")

    private static func piece(_ symbol: String, _ price: Double, settled: String, age: Duration) -> StoredPiece<Bar> {
        StoredPiece(
            series: .of(symbol),
            records: [.at("2026-01-07T10:00:00Z", price), .at("2026-01-07T11:00:00Z", price)],
            range: Self.hours,
            settledEnd: time(settled),
            age: age
        )
    }

    private static func purchase(_ symbol: String, token: String) -> NewPurchase {
        var purchase = NewPurchase(series: .of(symbol), range: Self.hours, client: "c", requestID: "r")
        purchase.token = token
        return purchase
    }

    private static let figures = PurchaseFigures(
        recordCount: 2,
        byteCount: 112,
        costUSD: 0.5,
        requestCount: 1,
        duration: .seconds(1)
    )

    private static var writes: [StoreWrite] {
        [
            .purchaseBegun(Self.purchase("NQ.c.0", token: "b"), age: .seconds(30)),
            .bars(Self.piece("NQ.c.0", 1, settled: "2026-01-07T10:00:00Z", age: .seconds(20))),
            .bars(Self.piece("ES.c.0", 5, settled: "2026-01-07T12:00:00Z", age: .seconds(20))),
            .bars(Self.piece("NQ.c.0", 2, settled: "2026-01-07T11:00:00Z", age: .seconds(10))),
            .latest(provider: .globex, symbol: "ES.c.0", quote: nil, trade: nil, lease: nil, age: .seconds(10)),
            .mappings(
                .globex,
                [
                    SymbolMappingRow(
                        symbol: "ES.c.0",
                        instrumentID: 7,
                        start: CivilDate(containing: time("2026-01-07")),
                        end: CivilDate(containing: time("2026-01-08"))
                    )
                ]
            ),
            .purchaseEnded(
                Self.purchase("ES.c.0", token: "a"),
                age: .seconds(20),
                sinceEnd: .seconds(10),
                figures: Self.figures,
                error: nil
            ),
        ]
    }

    @Test(arguments: TestDatabase.kinds)
    func eachDoesWhatItDoesAloneInItsOrder(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let outcomes = try await fixture.store.store(Self.writes)

            #expect(outcomes.count == Self.writes.count)
            guard case .bars(let first) = outcomes[1], case .bars(let second) = outcomes[3] else {
                Issue.record("the outcomes stand where their writes stood")
                return
            }
            #expect(first.records.map(\.open) == [1, 1] && second.records.map(\.open) == [2, 2])
            #expect(first.version == 1 && second.version == 2)
            let stored = try await fixture.store.bars(.of("ES.c.0"), in: Self.hours, limit: nil)
            #expect(stored.records.map(\.open) == [5, 5])
            let ledger = try await fixture.store.ledger(LedgerQuery())
            #expect(Dictionary(grouping: ledger, by: \.state).mapValues(\.count) == [.started: 1, .done: 1])
            let latest = try await fixture.store.latestQuote(provider: .globex, symbol: "ES.c.0")
            #expect(latest.askedAt == time("2026-01-07T11:59:50Z"))
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func makingThemAgainChangesNothing(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            _ = try await fixture.store.store(Self.writes)
            let ledger = try await fixture.store.ledger(LedgerQuery())
            let bars = try await fixture.store.bars(.of("NQ.c.0"), in: Self.hours, limit: nil)

            _ = try await fixture.store.store(Self.writes)

            let ledgerAgain = try await fixture.store.ledger(LedgerQuery())
            #expect(ledgerAgain == ledger)
            let again = try await fixture.store.bars(.of("NQ.c.0"), in: Self.hours, limit: nil)
            #expect(again.records.map(\.open) == bars.records.map(\.open) && again.coverage == bars.coverage)
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func oneThatIsRefusedKeepsAllOut(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let bad = StoredPiece<Bar>(
                series: .of("CL.c.0"),
                records: [.at("2026-01-07T10:00:00Z", .nan)],
                range: Self.hours,
                settledEnd: Self.hours.end
            )
            let error = await #expect(throws: StoreError.self) {
                _ = try await fixture.store.store(Self.writes + [.bars(bad)])
            }

            #expect(error?.code == .invalidRecord)
            let ledger = try await fixture.store.ledger(LedgerQuery())
            let series = try await fixture.store.seriesList()
            #expect(ledger.isEmpty && series.isEmpty)
        }
    }

    /// Workers that come back from the same outage write the same series, each in its own order.
    @Test(arguments: TestDatabase.kinds)
    func writersInOppositeOrdersDoNotWaitForEachOther(_ kind: TestDatabase.Kind) async throws {
        let symbols = (0..<8).map { "S\($0)" }
        try await StoreFixture.with(kind) { fixture in
            for round in 0..<10 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for order in [symbols, symbols.reversed()] {
                        group.addTask {
                            let pieces = order.map {
                                Self.piece($0, Double(round), settled: "2026-01-07T10:00:00Z", age: .zero)
                            }
                            _ = try await fixture.store.store(pieces.map { .bars($0) })
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let stored = try await fixture.store.bars(.of("S3"), in: Self.hours, limit: nil)
            #expect(stored.records.map(\.open) == [9, 9])
        }
    }
}
