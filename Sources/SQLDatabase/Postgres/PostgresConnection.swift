/// A connection of the pool: a session on a thread of its own.
final class PostgresConnection: Sendable {
    /// Holds the session on its thread, once it is connected.
    private final class Slot {
        var session: PostgresSession?
    }

    /// The number by which the pool knows the connection.
    let id: Int
    private let thread: PostgresThread<Slot>

    /// Throws `unavailable` when the system has no thread left.
    init(id: Int) throws(SQLError) {
        self.id = id
        self.thread = try PostgresThread { Slot() }
    }

    /// Connects, and calls `completion` on the thread.
    func connect(
        _ configuration: PostgresSession.Configuration,
        completion: @escaping @Sendable (SQLError?) -> Void
    ) {
        self.thread.submit { slot in
            do throws(SQLError) {
                slot.session = try PostgresSession(configuration)
                completion(nil)
            } catch {
                completion(error)
            }
        }
    }

    /// Runs a job with the session, which is connected, and calls `completion` on the thread with what it returned or
    /// threw and whether the connection may be used again.
    func run<Value: Sendable>(
        _ job: @escaping @Sendable (PostgresSession) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>, _ isReusable: Bool) -> Void
    ) {
        self.thread.submit { slot in
            guard let session = slot.session else {
                completion(.failure(SQLError(.connectionLost, "the connection was closed")), false)
                return
            }
            let result = Result { try job(session) }
            completion(result, session.isReusable)
        }
    }

    /// Closes the session after the jobs before, and calls `completion` on the thread.
    func close(completion: @escaping @Sendable () -> Void) {
        self.thread.submit { slot in
            slot.session = nil
            completion()
        }
    }
}
