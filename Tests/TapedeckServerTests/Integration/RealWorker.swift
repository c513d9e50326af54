import Foundation
import HTTPTypes
import Hummingbird
import MarketData
import MarketStore
import Providers
import SQLDatabase
import Tapedeck
import TestSupport

@testable import TapedeckServer

/// A worker over a real cache, a real database and the simulated market, at a fixed time of day.
struct RealWorker: Sendable {
    /// 2026-03-10T15:30:00Z, a Tuesday in the middle of a session.
    static let now = Timestamp(nanoseconds: 1_773_156_600_000_000_000)

    let test: TestWorker
    let store: MarketStore
    let provider: SimulatedProvider

    /// Runs `body` with a worker over an empty database of its own.
    static func with(
        _ kind: TestDatabase.Kind = .sqliteMemory,
        configure: (inout WorkerConfiguration) -> Void = { _ in },
        _ body: (RealWorker) async throws -> Void
    ) async throws {
        try await TestDatabase.with(kind) { database in
            try await Self.with(database.database, configure: configure, body)
        }
    }

    /// Runs `body` with a worker over a database that may hold something already.
    static func with(
        _ database: Database,
        configure: (inout WorkerConfiguration) -> Void = { _ in },
        _ body: (RealWorker) async throws -> Void
    ) async throws {
        let store = MarketStore(database: database, clock: { Self.now }, logger: .silent)
        try await store.migrate()
        let clock = ManualClock()
        let provider = try SimulatedProvider(clock: clock, wallClock: { Self.now })
        var limits = MarketDataCache.Configuration()
        limits.changedDaysLookbackDaysMax = 0
        let cache = MarketDataCache(
            store: store,
            providers: ProviderRegistry(preferred: [.simulated], factories: ["simulated": { _ in provider }]),
            configuration: limits,
            clock: clock,
            wallClock: { Self.now },
            logger: .silent
        )
        let ledger = WorkerBackend.Ledger(
            purchases: { try await store.ledger($0) },
            totals: { try await store.ledgerTotals($0) }
        )
        let test = try TestWorker(
            cache,
            configure: {
                $0.tokens = AccessTokens(admin: "operator")
                configure(&$0)
            },
            ledger: ledger
        )
        let worker = RealWorker(test: test, store: store, provider: provider)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cache.run() }
            defer { group.cancelAll() }
            try await body(worker)
        }
    }

    /// The header of the operator.
    var admin: HTTPFields { [.authorization: "Bearer operator"] }

    /// Makes the stored bars of a range differ from what the provider sells, so that buying them anew is a correction.
    func correct(_ range: TimeRange) async throws {
        _ = try await self.store.database.write { transaction in
            try transaction.execute(
                "UPDATE bars_cache SET volume = volume + 1 WHERE timestamp >= $1 AND timestamp < $2",
                [.integer(range.start.nanoseconds), .integer(range.end.nanoseconds)]
            )
        }
    }

    /// One request and its answer.
    func ask(_ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:]) async throws -> Answer {
        try await self.test.ask(uri, method: method, headers: headers)
    }
}

/// The parts of a bars answer that tests look at.
struct DecodedBars: Decodable, Equatable {
    struct Missing: Decodable, Equatable {
        let start: String
        let end: String
        let reason: String
    }

    struct Record: Decodable, Equatable {
        let t: String
        let o: Double
        let h: Double
        let l: Double
        let c: Double
        let v: Double
        let final: Bool
        let rev: Int
    }

    let symbol: String
    let timeframe: String
    let provider: String
    let start: String
    let end: String
    let complete: Bool
    let missing: [Missing]
    let stale: Bool
    let bars: [Record]

    init(_ answer: Answer) throws {
        self = try JSONDecoder().decode(DecodedBars.self, from: Data(answer.text.utf8))
    }
}
