import Locking

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
        return try await self.inner.read(timeout: timeout, body)
    }

    func write<Value: Sendable>(
        timeout: Duration?,
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        switch self.faults.note(isWrite: true) {
        case .none: return try await self.inner.write(timeout: timeout, body)
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
        return try await self.inner.snapshot(statements, timeout: timeout, into: initial, row: row)
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
