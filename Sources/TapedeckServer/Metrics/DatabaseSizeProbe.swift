import Locking

/// The database's size for the metrics: asked for once a minute at most, however often these are read.
final class DatabaseSizeProbe: Sendable {
    private struct State {
        var byteCount: Int?
        /// When the database was asked last, also without success.
        var askedAt: Duration?
    }

    private static let lifetime: Duration = .seconds(60)

    private let ask: @Sendable () async throws -> Int
    private let timeout: Duration
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let state = Locked(State())

    /// `ask` gets `timeout` to answer.
    init(timeout: Duration, clock: any Clock<Duration>, ask: @escaping @Sendable () async throws -> Int) {
        self.ask = ask
        self.timeout = timeout
        self.clock = clock
        self.elapsed = stopwatch(clock)
    }

    /// The size as it was known last, after asking the database unless that was done lately; nil while it is not known.
    ///
    /// `mayAsk` is false for a database that is known not to answer. One caller asks; others meanwhile get the last size.
    func byteCount(mayAsk: Bool) async -> Int? {
        let now = self.elapsed()
        let (known, isDue) = self.state.withLock { state in
            let isDue = mayAsk && (state.askedAt.map { now - $0 >= Self.lifetime } ?? true)
            if isDue { state.askedAt = now }
            return (state.byteCount, isDue)
        }
        guard isDue else { return known }
        // That a database does not answer shows in the metrics of its state; its last size is the best there is.
        guard let asked = try? await withDeadline(self.timeout, clock: self.clock, self.ask) else { return known }
        self.state.withLock { $0.byteCount = asked }
        return asked
    }
}
