import Locking
import MarketData
import MarketStore
import Providers
import SQLDatabase
import TestSupport
import Testing

@testable import Tapedeck

/// Several caches over one database, each with its own connections, and what they buy together.
final class Fleet: Sendable {
    let workers: [World]
    let log: FleetLog

    private init(workers: [World], log: FleetLog) {
        self.workers = workers
        self.log = log
    }

    /// Lends a fleet whose caches run, while its clock keeps time with the machine's.
    static func with(
        _ kind: TestDatabase.Kind,
        _ settings: World.Settings,
        workers count: Int = 3,
        _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        let log = FleetLog()
        var settings = settings
        settings.wrapping = { LoggedProvider(inner: $0, log: log) }
        try await World.sharing(kind, settings, count: count) { worlds in
            let fleet = Fleet(workers: worlds, log: log)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for world in worlds { group.addTask { try await world.cache.run() } }
                group.addTask { await worlds[0].keepTime() }
                defer { group.cancelAll() }
                try await body(fleet)
            }
            for world in worlds { world.cache.core.store.checkInvariants() }
        }
    }

    /// How many rows the table of leases has.
    func leaseCount() async throws -> Int64 {
        try await self.workers[0].soundStore.database.read { transaction in
            try transaction.query("SELECT count(*) FROM fetch_leases") { try $0.integer(0) }[0]
        }
    }
}

/// What all workers of a fleet have asked the provider for.
final class FleetLog: Sendable {
    private struct State {
        var purchases: [FetchRequest] = []
        var latestCount = 0
        var error: ProviderError?
    }

    private let state = Locked(State())

    var purchases: [FetchRequest] { self.state.withLock { $0.purchases } }
    var latestCount: Int { self.state.withLock { $0.latestCount } }

    /// What every purchase fails with from now on.
    var error: ProviderError? {
        get { self.state.withLock { $0.error } }
        set { self.state.withLock { $0.error = newValue } }
    }

    fileprivate func note(_ request: FetchRequest?) throws {
        let error = self.state.withLock { state in
            request.map { state.purchases.append($0) }
            state.latestCount += request == nil ? 1 : 0
            return state.error
        }
        if let error { throw error }
    }
}

/// A provider whose purchases are written into the fleet's log.
private struct LoggedProvider: MarketDataProvider {
    let inner: any MarketDataProvider
    let log: FleetLog

    var id: ProviderID { self.inner.id }
    var timeframes: Set<Timeframe> { self.inner.timeframes }
    var isPaid: Bool { self.inner.isPaid }

    func availability(of series: Series) async throws -> Availability { try await self.inner.availability(of: series) }

    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt {
        try self.log.note(request)
        return try await self.inner.fetchBars(request, deliver: deliver)
    }

    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt {
        try self.log.note(request)
        return try await self.inner.fetchQuotes(request, deliver: deliver)
    }

    func fetchLatest(symbol: String, requestID: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt) {
        try self.log.note(nil)
        return try await self.inner.fetchLatest(symbol: symbol, requestID: requestID)
    }

    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        try await self.inner.estimate(series, ranges: ranges)
    }

    func price(of series: Series, _ range: TimeRange) async throws -> Double? {
        try await self.inner.price(of: series, range)
    }

    func latestPrice(symbol: String) async throws -> Double? { try await self.inner.latestPrice(symbol: symbol) }

    func changedDays(in range: TimeRange) async throws -> [ChangedDay] { try await self.inner.changedDays(in: range) }

    func calendar(of symbol: String) -> TradingCalendar? { self.inner.calendar(of: symbol) }
}
