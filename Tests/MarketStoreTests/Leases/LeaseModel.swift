import MarketData

@testable import MarketStore

/// A small world of workers that want the same range, with the decisions of the program and everything around them as
/// it may happen: answers that get lost, workers that die, freeze and come back, leases that lapse, purchases that fail.
///
/// Instants are nanoseconds 0, 1, …; each is a piece of a purchase.
struct LeaseModel: Hashable {
    /// A row of the table; its time is only whether it has ended.
    struct Row: Hashable {
        let token: String
        let owner: String
        var start: Int
        let end: Int
        var hasEnded = false
        var hasFailed = false
    }

    struct Holding: Hashable {
        let token: String
        var start: Int
        let end: Int
    }

    struct Worker: Hashable {
        let name: Int
        /// Raised by a death: who comes back is somebody else.
        var life = 0
        var isDone = false
        /// What it was granted, the first of which it buys.
        var holdings: [Holding] = []
        /// Whether its own clock lets it ask under what it holds.
        var isTrusting = false
        /// Whether it has asked for the first of its holdings.
        var hasAsked = false
        var claimCount = 0

        var owner: String { "\(self.name).\(self.life)" }

        mutating func giveUp() {
            self.holdings = []
            self.isTrusting = false
            self.hasAsked = false
        }
    }

    /// What must never happen.
    struct Violation: Error {
        let what: String
    }

    let length: Int
    var rows: [Row] = []
    var stored: Set<Int> = []
    var workers: [Worker]
    var deathsLeft: Int
    var failuresLeft: Int

    init(workers: Int, length: Int, deaths: Int, failures: Int) {
        self.length = length
        self.workers = (0..<workers).map { Worker(name: $0) }
        self.deathsLeft = deaths
        self.failuresLeft = failures
    }

    /// Whether everything is bought and nobody is at work.
    var isOver: Bool {
        self.stored.count == self.length && self.workers.allSatisfy { $0.isDone && $0.holdings.isEmpty }
    }

    /// Every state that may follow.
    ///
    /// Throws `Violation`.
    func successors() throws -> [LeaseModel] {
        var result: [LeaseModel] = []
        for index in self.workers.indices {
            let worker = self.workers[index]
            if worker.holdings.isEmpty {
                if !worker.isDone {
                    result.append(try self.claiming(index, isHeard: true))
                    result.append(try self.claiming(index, isHeard: false))
                }
            } else {
                result.append(try self.asking(index))
                if worker.hasAsked { result.append(try self.storing(index)) }
                if worker.hasAsked, self.failuresLeft > 0 { result.append(self.failing(index)) }
                result.append(self.renewing(index))
                if worker.isTrusting { result.append(self.with(index) { $0.isTrusting = false }) }
            }
            if self.deathsLeft > 0 { result.append(self.dying(index)) }
        }
        for index in self.rows.indices where !self.rows[index].hasEnded && self.mayEnd(self.rows[index]) {
            var next = self
            next.rows[index].hasEnded = true
            result.append(next)
        }
        return try result.map { try $0.checked() }
    }

    // MARK: What workers do

    /// The program's own decision about the rows of the table.
    private func claiming(_ index: Int, isHeard: Bool) throws -> LeaseModel {
        var next = self
        let owner = self.workers[index].owner
        let now = Timestamp(nanoseconds: 1_000)
        let claim = LeaseClaim(owner: owner, length: .nanoseconds(100), grantsMax: 2)
        let rows = self.rows.map { $0.leaseRow(now: now) }
        let decision = LeaseDecision(claim, rows: rows, now: now, serverMetAt: nil)
        let missing = RangeSet((0..<self.length).filter { !self.stored.contains($0) }.map { Self.range($0, $0 + 1) })
        let removed = decision.void(in: missing)
        next.rows.removeAll { row in removed.contains { $0.token.rawValue == row.token } }
        let answer = decision.answer(missing: missing, removed: removed)
        // Two names by turns are enough: what was granted before the last time is not remembered by anybody.
        let turn = self.workers[index].claimCount
        let granted = answer.granted.enumerated().map { number, lease in
            Holding(
                token: "\(owner)/\(turn)/\(number)",
                start: Int(lease.range.start.nanoseconds),
                end: Int(lease.range.end.nanoseconds)
            )
        }
        for holding in granted {
            guard !next.rows.contains(where: { $0.token == holding.token }) else {
                throw Violation(what: "the model's names do not suffice")
            }
            next.rows.append(Row(token: holding.token, owner: owner, start: holding.start, end: holding.end))
        }
        next.workers[index].claimCount = (turn + 1) % 3
        guard isHeard else { return next }
        if granted.isEmpty {
            next.workers[index].isDone = answer.isNothingMissing
        } else {
            next.workers[index].holdings = granted
            next.workers[index].isTrusting = true
        }
        return next
    }

    private func asking(_ index: Int) throws -> LeaseModel {
        let worker = self.workers[index]
        guard worker.isTrusting else { return self.givingBack(index) }
        let holding = worker.holdings[0]
        guard self.rows.contains(where: { $0.token == holding.token && $0.start == holding.start }) else {
            throw Violation(what: "a worker asks the provider although its lease is gone")
        }
        return self.with(index) { $0.hasAsked = true }
    }

    /// Stores the next piece in the transaction that checks the token.
    private func storing(_ index: Int) throws -> LeaseModel {
        var next = self
        let holding = self.workers[index].holdings[0]
        guard let place = next.rows.firstIndex(where: { $0.token == holding.token && !$0.hasFailed }) else {
            // Refused: nothing is written.
            return self.givingBack(index)
        }
        guard next.stored.insert(holding.start).inserted else {
            throw Violation(what: "two purchases of one instant are stored")
        }
        next.rows[place].start += 1
        next.rows[place].hasEnded = false
        next.workers[index].holdings[0].start += 1
        guard holding.start + 1 == holding.end else { return next }
        next.rows.remove(at: place)
        next.workers[index].holdings.removeFirst()
        next.workers[index].hasAsked = false
        if next.workers[index].holdings.isEmpty { next.workers[index].giveUp() }
        return next
    }

    /// The provider fails: that stands in place of the lease.
    private func failing(_ index: Int) -> LeaseModel {
        var next = self.givingBack(index)
        next.failuresLeft -= 1
        let holding = self.workers[index].holdings[0]
        guard var row = self.rows.first(where: { $0.token == holding.token }) else { return next }
        row.hasFailed = true
        row.hasEnded = false
        next.rows.append(row)
        return next
    }

    private func renewing(_ index: Int) -> LeaseModel {
        var next = self
        let tokens = self.workers[index].holdings.map(\.token)
        for place in next.rows.indices where tokens.contains(next.rows[place].token) {
            next.rows[place].hasEnded = false
        }
        let isWhole = tokens.allSatisfy { token in self.rows.contains { $0.token == token } }
        guard isWhole else { return self.givingBack(index) }
        next.workers[index].isTrusting = true
        return next
    }

    private func givingBack(_ index: Int) -> LeaseModel {
        var next = self.with(index) { $0.giveUp() }
        let tokens = self.workers[index].holdings.map(\.token)
        next.rows.removeAll { tokens.contains($0.token) && !$0.hasFailed }
        return next
    }

    /// A worker is killed, and another one starts in its place.
    private func dying(_ index: Int) -> LeaseModel {
        var next = self.with(index) { worker in
            worker.giveUp()
            worker.life += 1
            worker.isDone = false
            worker.claimCount = 0
        }
        next.deathsLeft -= 1
        return next
    }

    // MARK: The world

    /// A lease ends when its holder's clock says so as well, which it does earlier; a failure ends at any time.
    private func mayEnd(_ row: Row) -> Bool {
        row.hasFailed
            || !self.workers.contains { worker in
                worker.isTrusting && worker.holdings.contains { $0.token == row.token }
            }
    }

    private func checked() throws -> LeaseModel {
        let leases = self.rows.filter { !$0.hasFailed }
        for (place, lease) in leases.enumerated() {
            for other in leases[(place + 1)...] where lease.start < other.end && other.start < lease.end {
                throw Violation(what: "two leases overlap")
            }
        }
        return self
    }

    private func with(_ index: Int, _ change: (inout Worker) -> Void) -> LeaseModel {
        var next = self
        change(&next.workers[index])
        return next
    }

    fileprivate static func range(_ start: Int, _ end: Int) -> TimeRange {
        guard let range = TimeRange(Timestamp(nanoseconds: Int64(start)), Timestamp(nanoseconds: Int64(end))) else {
            preconditionFailure("A piece is not empty.")
        }
        return range
    }
}

extension LeaseModel.Row {
    fileprivate func leaseRow(now: Timestamp) -> LeaseRow {
        LeaseRow(
            token: LeaseToken(rawValue: self.token),
            owner: self.owner,
            range: LeaseModel.range(self.start, self.end),
            lengthNanoseconds: 100,
            expiresAt: now.advancedSaturating(byNanoseconds: self.hasEnded ? -1 : 50),
            attempts: 0,
            failure: self.hasFailed ? .init(code: "unavailable", message: "", concernsWholeProvider: false) : nil
        )
    }
}
