import MarketData
import MarketStore
import TestSupport
import Testing

@Suite struct MappingTests {
    private static func mapping(_ id: UInt32, _ start: String, _ end: String, symbol: String = "ES.c.0")
        -> SymbolMappingRow
    {
        SymbolMappingRow(
            symbol: symbol,
            instrumentID: id,
            start: CivilDate(containing: time(start)),
            end: CivilDate(containing: time(end))
        )
    }

    @Test(arguments: TestDatabase.kinds)
    func answersOfOverlappingFetchesBecomeOneTimeline(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let store = fixture.store
            try await store.storeMappings(
                provider: .globex,
                [
                    Self.mapping(5_482, "2020-12-01", "2020-12-21"), Self.mapping(206_299, "2020-12-21", "2021-01-05"),
                    Self.mapping(7, "2020-12-01", "2021-01-05", symbol: "CL.c.0"),
                ]
            )
            try await store.storeMappings(provider: .globex, [Self.mapping(206_299, "2021-01-04", "2021-02-01")])
            try await store.storeMappings(provider: .nasdaq, [Self.mapping(.max, "2020-12-01", "2021-02-01")])
            try await store.storeMappings(provider: .globex, [])

            let year = range("2020-01-01", "2022-01-01")
            #expect(
                try await store.mappings(provider: .globex, symbol: "ES.c.0", in: year) == [
                    Self.mapping(5_482, "2020-12-01", "2020-12-21"), Self.mapping(206_299, "2020-12-21", "2021-02-01"),
                ]
            )
            let clipped = try await store.mappings(
                provider: .globex,
                symbol: "ES.c.0",
                in: range("2020-12-20T23:59:59Z", "2020-12-22T00:00:01Z")
            )
            #expect(
                clipped == [
                    Self.mapping(5_482, "2020-12-20", "2020-12-21"), Self.mapping(206_299, "2020-12-21", "2020-12-23"),
                ]
            )
            let midnight = try await store.mappings(
                provider: .globex,
                symbol: "ES.c.0",
                in: range("2020-12-20", "2020-12-21")
            )
            #expect(midnight == [Self.mapping(5_482, "2020-12-20", "2020-12-21")])
            #expect(
                try await store.mappings(provider: .nasdaq, symbol: "ES.c.0", in: year).map(\.instrumentID) == [.max]
            )
        }
    }

    @Test(arguments: TestDatabase.kinds)
    func mappingOfNoDaysIsRefused(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            let error = await #expect(throws: StoreError.self) {
                try await fixture.store.storeMappings(
                    provider: .globex,
                    [Self.mapping(1, "2020-12-01", "2020-12-02"), Self.mapping(1, "2020-12-02", "2020-12-02")]
                )
            }

            #expect(error?.code == .invalidArgument)
            let stored = try await fixture.store.mappings(
                provider: .globex,
                symbol: "ES.c.0",
                in: range("2020-01-01", "2022-01-01")
            )
            #expect(stored.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func concurrentWritersOfOneSymbolLeaveNoOverlap(_ kind: TestDatabase.Kind) async throws {
        try await StoreFixture.with(kind) { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for day in 10..<30 {
                    group.addTask {
                        try await fixture.store.storeMappings(
                            provider: .globex,
                            [Self.mapping(UInt32(day % 2), "2020-12-\(day)", "2020-12-\(day + 2)")]
                        )
                    }
                }
                try await group.waitForAll()
            }

            let rows = try await fixture.store.mappings(
                provider: .globex,
                symbol: "ES.c.0",
                in: range("2020-01-01", "2022-01-01")
            )
            #expect(rows.first?.start == CivilDate(containing: time("2020-12-10")))
            #expect(rows.last?.end == CivilDate(containing: time("2020-12-31")))
            for (row, next) in zip(rows, rows.dropFirst()) {
                #expect(row.end == next.start)
                #expect(row.instrumentID != next.instrumentID)
            }
        }
    }
}
