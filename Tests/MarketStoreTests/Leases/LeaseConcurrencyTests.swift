import Dispatch
import Locking
import MarketData
import MarketStore
import SQLDatabase
import TestSupport
import Testing

@Suite struct LeaseConcurrencyTests {
    /// What the workers of a test hold, as an observer sees it.
    private struct Watch {
        var live: [Series: RangeSet] = [:]
        var stored: [Series: RangeSet] = [:]
        var offences: [String] = []
        var grantCount = 0

        mutating func grant(_ lease: FetchLease, of series: Series) {
            self.grantCount += 1
            if !self.live[series, default: RangeSet()].intersection(lease.range).isEmpty {
                self.offences.append("\(lease.range) of \(series) was granted twice at a time")
            }
            if !self.stored[series, default: RangeSet()].intersection(lease.range).isEmpty {
                self.offences.append("\(lease.range) of \(series) was granted and is stored")
            }
            self.live[series, default: RangeSet()].insert(lease.range)
        }

        mutating func end(_ range: TimeRange, of series: Series, isStored: Bool) {
            self.live[series]?.remove(range)
            if isStored { self.stored[series, default: RangeSet()].insert(range) }
        }
    }

    /// Workers with a database object each claim, store in pieces, release and renew at random.
    @Test(arguments: TestDatabase.sharedKinds)
    func nothingIsGrantedTwiceNorThoughItIsStored(_ kind: TestDatabase.Kind) async throws {
        let seed = SeededRandom()
        try await TestDatabase.with(kind) { test in
            let watch = Locked(Watch())
            let workers = kind == .postgres ? 8 : 3
            try await MarketStore(database: test.database, logger: .silent).migrate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<workers {
                    group.addTask {
                        let database = try await Database.connect(test.url, logger: .silent)
                        let store = MarketStore(database: database, logger: .silent)
                        var random = SeededRandom(seed: seed.seed &+ UInt64(worker))
                        for _ in 0..<40 {
                            try await Self.round(store, owner: "\(worker)", watch, &random)
                        }
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }
            let (offences, grantCount) = watch.withLock { ($0.offences, $0.grantCount) }
            #expect(offences == [], "\(seed)")
            #expect(grantCount > 20, "\(seed)")
            let left = try await test.database.read { transaction in
                try transaction.query("SELECT count(*) FROM fetch_leases") { try $0.integer(0) }[0]
            }
            #expect(left == 0, "\(seed)")
        }
    }

    private static func round(
        _ store: MarketStore,
        owner: String,
        _ watch: Locked<Watch>,
        _ random: inout SeededRandom
    ) async throws {
        let series = Series.of(["ES.c.0", "NQ.c.0"][Int.random(in: 0...1, using: &random)])
        let start = Int64.random(in: 0..<150, using: &random)
        let asked = StoreFixture.hours(start..<start + Int64.random(in: 1...20, using: &random))
        let claim = LeaseClaim(owner: owner, length: .seconds(300), grantsMax: 8)
        let answer = try await store.claim(series, claim) { coverage, _ in coverage.all.gaps(in: asked) }
        watch.withLock { watch in
            for lease in answer.granted { watch.grant(lease, of: series) }
        }
        for lease in answer.granted {
            var position = lease.range.start
            while position < lease.range.end {
                guard Int.random(in: 0..<5, using: &random) > 0 else { break }
                let hours = Int64.random(in: 1...6, using: &random)
                let end = min(lease.range.end, position.advancedSaturating(byNanoseconds: hours * 3_600_000_000_000))
                guard let piece = TimeRange(position, end) else { break }
                // What is given up is free for others with the commit, which comes before the answer.
                watch.withLock { $0.end(piece, of: series, isStored: true) }
                _ = try await store.storeBars(
                    StoredPiece(series: series, records: [], range: piece, settledEnd: .latest, lease: lease.token)
                )
                if Bool.random(using: &random) { _ = try await store.renew([lease.token]) }
                position = end
            }
            if let rest = TimeRange(position, lease.range.end) {
                watch.withLock { $0.end(rest, of: series, isStored: false) }
                try await store.release([lease.token])
            }
        }
    }

    @Test(arguments: TestDatabase.sharedKinds)
    func manyClaimsOfOneKeyGrantOnce(_ kind: TestDatabase.Kind) async throws {
        try await TestDatabase.with(kind) { test in
            let second = try await Database.connect(test.url, logger: .silent)
            let stores = [test.database, second].map { MarketStore(database: $0, logger: .silent) }
            try await stores[0].migrate()
            let answers = try await withThrowingTaskGroup(of: LeaseAnswer.self) { group in
                for worker in 0..<60 {
                    group.addTask {
                        let claim = LeaseClaim(owner: "\(worker)", length: .seconds(300), grantsMax: 1)
                        return try await stores[worker % 2].claim(.of(), claim) { coverage, _ in
                            coverage.all.gaps(in: StoreFixture.hours(0..<24))
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.filter { !$0.granted.isEmpty }.count == 1)
            #expect(answers.allSatisfy { !$0.granted.isEmpty || $0.held == RangeSet(StoreFixture.hours(0..<24)) })
            await second.close()
        }
    }

    /// Neither waits for the other: the claim sees the range as held, the renewal counts the lease as not lost.
    @Test(.enabled(if: TestDatabase.kinds.contains(.postgres), "TAPEDECK_TEST_POSTGRES is not set"))
    func claimsAndRenewalsPassByALeaseThatIsBeingStored() async throws {
        try await StoreFixture.with(.postgres) { fixture in
            let lease = try #require(try await fixture.claim(0..<4, by: "a").granted.first)
            fixture.clock.advance(seconds: 60)
            let (locked, locking) = AsyncStream<Void>.makeStream()
            let unlocking = DispatchSemaphore(value: 0)
            let other = try await Database.connect(fixture.test.url, logger: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await other.write { transaction in
                        _ = try transaction.query(
                            "SELECT token FROM fetch_leases WHERE token = $1 FOR UPDATE",
                            [.text(lease.token.rawValue)]
                        ) { try $0.text(0) }
                        locking.finish()
                        unlocking.wait()
                    }
                }
                for await _ in locked {}
                let claimed = try await fixture.claim(0..<4, by: "b")
                let (renewed, lost) = try await fixture.store.renew([lease.token])
                unlocking.signal()
                try await group.waitForAll()

                #expect(claimed.granted.isEmpty && claimed.held == RangeSet(StoreFixture.hours(0..<4)))
                #expect(renewed.isEmpty && lost.isEmpty)
            }
            #expect(try await fixture.claim(0..<4, by: "b").granted.count == 1)
            await other.close()
        }
    }
}
