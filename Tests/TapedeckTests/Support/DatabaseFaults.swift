import Locking
import TestSupport

@testable import SQLDatabase

/// What is wrong with a database at the moment, as a test wants it.
final class DatabaseFaults: Sendable {
    enum Fault: Sendable, CaseIterable {
        case none
        /// Neither reads nor writes are answered.
        case unreachable
        /// Reads are answered.
        case unwritable
        /// Writes are carried out, but their answers are lost.
        case losesAnswers
    }

    private struct State {
        var fault = Fault.none
        var losesNextAnswer = false
        var callCount = 0
        var writeCount = 0
        var lateness: SeededRandom?
    }

    private let state = Locked(State())

    var fault: Fault {
        get { self.state.withLock { $0.fault } }
        set { self.state.withLock { $0.fault = newValue } }
    }

    /// Loses the answer of the next transaction that writes.
    func loseNextAnswer() {
        self.state.withLock { $0.losesNextAnswer = true }
    }

    /// Lets answers come in another order than that in which the database gave them.
    func shuffleAnswers(_ random: SeededRandom) {
        self.state.withLock { $0.lateness = random }
    }

    fileprivate func holdAnswer() async {
        let turns = self.state.withLock { state in
            guard var random = state.lateness else { return 0 }
            defer { state.lateness = random }
            return Bool.random(using: &random) ? 0 : Int.random(in: 0..<200, using: &random)
        }
        for _ in 0..<turns { await Task.yield() }
    }

    /// The calls that reached the database or would have.
    var callCount: Int { self.state.withLock { $0.callCount } }

    /// The transactions that may write among them.
    var writeCount: Int { self.state.withLock { $0.writeCount } }

    fileprivate func note(isWrite: Bool) -> Fault {
        self.state.withLock { state in
            state.callCount += 1
            state.writeCount += isWrite ? 1 : 0
            if isWrite, state.losesNextAnswer {
                state.losesNextAnswer = false
                return .losesAnswers
            }
            return state.fault
        }
    }
}

/// A database that fails as it is told.
struct FaultyDriver: DatabaseDriver {
    let inner: Database
    let faults: DatabaseFaults

    var dialect: SQLDialect { self.inner.dialect }
    var statistics: DatabaseStatistics { self.inner.statistics }

    func read<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try self.checkRead()
        let value = try await self.inner.read(timeout: timeout, body)
        await self.faults.holdAnswer()
        return value
    }

    func write<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        switch self.faults.note(isWrite: true) {
        case .none:
            let value = try await self.inner.write(timeout: timeout, body)
            await self.faults.holdAnswer()
            return value
        case .unreachable: throw SQLError(.timedOut, "the test says so")
        case .unwritable: throw SQLError(.diskFull, "the test says so")
        case .losesAnswers:
            _ = try await self.inner.write(timeout: timeout, body)
            throw SQLError(.connectionLost, "the test says so")
        }
    }

    func snapshot<Value: Sendable>(
        _ statements: [SQLStatement],
        timeout: Duration?,
        into initial: Value,
        row: @escaping @Sendable (inout Value, Int, any SQLRow) throws -> Void
    ) async throws -> Value {
        try self.checkRead()
        let value = try await self.inner.snapshot(statements, timeout: timeout, into: initial, row: row)
        await self.faults.holdAnswer()
        return value
    }

    func backendProcess() async throws -> (announced: Int, actual: Int)? {
        try self.checkRead()
        return try await self.inner.backendProcess()
    }

    func changeCounter() async throws -> Int64? {
        try self.checkRead()
        return try await self.inner.changeCounter()
    }

    func close() async {
        await self.inner.close()
    }

    private func checkRead() throws {
        guard self.faults.note(isWrite: false) == .unreachable else { return }
        throw SQLError(.timedOut, "the test says so")
    }
}
