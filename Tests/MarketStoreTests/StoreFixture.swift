import Locking
import Logging
import MarketData
import MarketStore
import TestSupport

/// A migrated store over a fresh database, with a clock that the test moves.
struct StoreFixture: Sendable {
    let store: MarketStore
    let test: TestDatabase
    let clock: SettableClock

    /// Lends a fresh store to `body`.
    static func with<Result: Sendable>(
        _ kind: TestDatabase.Kind,
        _ body: (StoreFixture) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.with(kind) { test in
            let clock = SettableClock(time("2026-01-07T12:00:00Z"))
            let store = MarketStore(database: test.database, clock: { clock.now }, logger: .silent)
            try await store.migrate()
            return try await body(StoreFixture(store: store, test: test, clock: clock))
        }
    }
}

/// A wall clock that stands where the test puts it.
final class SettableClock: Sendable {
    private let value: Locked<Timestamp>

    init(_ now: Timestamp) {
        self.value = Locked(now)
    }

    var now: Timestamp { self.value.withLock { $0 } }

    func set(_ now: Timestamp) {
        self.value.withLock { $0 = now }
    }

    func advance(seconds: Int64) {
        self.value.withLock { $0 = $0.advancedSaturating(byNanoseconds: seconds * 1_000_000_000) }
    }
}

/// The time that `text` spells; tests write only valid ones.
func time(_ text: String) -> Timestamp {
    guard let time = try? Timestamp(parsing: text) else { preconditionFailure("'\(text)' is not a time") }
    return time
}

/// The range between two times.
func range(_ start: String, _ end: String) -> TimeRange {
    guard let range = TimeRange(time(start), time(end)) else { preconditionFailure("\(start) ..< \(end) is empty") }
    return range
}

extension ProviderID {
    static let globex = id("databento/GLBX.MDP3")
    static let nasdaq = id("databento/XNAS.ITCH")
    static let simulated = id("simulated")

    private static func id(_ text: String) -> ProviderID {
        guard let id = try? ProviderID(parsing: text) else { preconditionFailure("'\(text)' is not a provider") }
        return id
    }
}

extension Series {
    static func of(
        _ symbol: String = "ES.c.0",
        _ timeframe: Timeframe = .oneHour,
        _ provider: ProviderID = .globex,
        kind: Kind = .bars
    ) -> Series {
        guard let series = try? Series(provider: provider, symbol: symbol, timeframe: timeframe, kind: kind) else {
            preconditionFailure("'\(symbol)' is not a symbol")
        }
        return series
    }
}

extension Bar {
    /// A bar around one price.
    static func at(_ text: String, _ price: Double, volume: Double = 10, revision: Int32 = 1) -> Bar {
        Bar(
            timestamp: time(text),
            open: price,
            high: price + 1,
            low: price - 1,
            close: price + 0.5,
            volume: volume,
            revision: revision
        )
    }
}

extension Quote {
    /// A quote one quarter wide.
    static func at(_ text: String, _ bid: Double) -> Quote {
        Quote(timestamp: time(text), bidPrice: bid, askPrice: bid + 0.25, bidSize: 5, askSize: 7)
    }
}

extension StoreFixture {
    /// Stores bars of a range.
    @discardableResult
    func store(
        _ bars: [Bar],
        _ range: TimeRange,
        settledEnd: String,
        mode: StoreMode = .fetch,
        series: Series = .of()
    ) async throws -> StoreOutcome<Bar> {
        try await self.store.storeBars(
            StoredPiece(series: series, records: bars, range: range, settledEnd: time(settledEnd), mode: mode)
        )
    }

    /// The whole of what readers see of a series of bars.
    func everything(_ series: Series = .of()) async throws -> SeriesSlice<Bar> {
        try await self.store.bars(series, in: range("1990-01-01", "2200-01-01"), limit: nil)
    }
}
