import MarketData
import SQLDatabase
import TestSupport
import Testing

@testable import MarketStore

/// A read's plans are made once for good, so none may go through a whole table.
@Suite(.enabled(if: TestDatabase.kinds.contains(.postgres), "TAPEDECK_TEST_POSTGRES is not set"))
struct ReadPlanTests {
    private static let whole = range("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z")

    @Test func everyStatementOfAReadFindsItsRowsByIndex() async throws {
        try await StoreFixture.with(.postgres) { fixture in
            let bars: [SeriesReader<Bar>.Selection] = [
                .range(Self.whole, limit: nil), .range(Self.whole, limit: 10),
                .newest(before: Self.whole.end, count: 24),
            ]
            let quotes: [SeriesReader<Quote>.Selection] = [
                .range(Self.whole, limit: nil), .range(Self.whole, limit: 10),
                .newest(before: Self.whole.end, count: 24),
            ]
            let clock = StoreClock(given: nil)
            let statements =
                bars.flatMap {
                    SeriesReader<Bar>.statements(.of("ES", .oneMinute), $0, clock: clock, dialect: .postgres)
                }
                + quotes.flatMap {
                    SeriesReader<Quote>.statements(
                        .of("ES", .oneMinute, kind: .quotes),
                        $0,
                        clock: clock,
                        dialect: .postgres
                    )
                }
            #expect(statements.count == 15)
            for (index, statement) in statements.enumerated() {
                let plan = try await Self.plan(statement, number: index, fixture)
                #expect(plan.contains { $0.contains("Index") }, "\(statement.sql)")
                #expect(!plan.contains { $0.contains("Seq Scan") }, "\(statement.sql)\n\(plan.joined(separator: "\n"))")
            }
        }
    }

    /// The plan for any values, in tables that are nearly empty and were looked at by ANALYZE then.
    private static func plan(_ statement: SQLStatement, number: Int, _ fixture: StoreFixture) async throws -> [String] {
        try await fixture.test.database.write { transaction in
            try transaction.execute("ANALYZE series, bars_cache, bars_packed, quotes_cache, changed_day_checks")
            try transaction.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            try transaction.execute("SET LOCAL enable_seqscan = off")
            try transaction.execute("PREPARE plan_\(number) AS \(statement.sql)")
            let values = statement.parameters.map { value in
                switch value {
                case .integer(let number): "\(number)"
                case .text(let text): "'\(text)'"
                case .null, .double, .blob: "NULL"
                }
            }
            return try transaction.query("EXPLAIN EXECUTE plan_\(number) (\(values.joined(separator: ", ")))") {
                try $0.text(0)
            }
        }
    }
}
