import Dispatch

/// Where blocking work that belongs to no connection yet runs: opening and closing.
enum DatabaseThread {
    /// Runs `body` on a thread that is not one of Swift's concurrency threads.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }
}
