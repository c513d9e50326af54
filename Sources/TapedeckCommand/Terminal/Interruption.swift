import Foundation
import Locking
import UnixSignals

/// Whether the user has asked to stop, with Ctrl-C or SIGTERM.
struct Interruption: Sendable {
    /// The exit code of a command that stopped because it was asked to, as shells have it.
    static let exitCode: Int32 = 130

    private let asked = Locked(false)

    /// Whether to stop at the next good place.
    var isAsked: Bool { self.asked.withLock { $0 } }

    /// Runs `body`, which looks now and then whether it shall stop.
    ///
    /// The first signal calls `onFirst`; the second ends the process at once.
    static func watching<Result: Sendable>(
        onFirst: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (Interruption) async throws -> Result
    ) async throws -> Result {
        let interruption = Interruption()
        // Signals are taken over before the body begins, so that none can end it half-way.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals {
                    let isSecond = interruption.asked.withLock { asked in
                        defer { asked = true }
                        return asked
                    }
                    if isSecond { exit(Self.exitCode) }
                    onFirst()
                }
            }
            defer { group.cancelAll() }
            return try await body(interruption)
        }
    }
}
