import Locking
import Tapedeck

/// What is found out about a request on its way through the worker, for its line in the log and for the metrics.
final class RequestRecord: Sendable {
    /// What is known so far.
    struct Notes: Sendable {
        /// Who asks: see `WorkerRequestContext.client`; nil while nobody has looked.
        var client: String?
        /// Where the data of the answer came from; nil for an answer without data.
        var tier: Tier?
        /// How the answer was come by; nil for an answer without data.
        var outcome: AnswerOutcome?
        /// Why parts of the answer are missing.
        var missing: Set<String> = []
    }

    private let state = Locked(Notes())

    /// What is known so far.
    var notes: Notes { self.state.withLock { $0 } }

    /// Notes who asks.
    func note(client: String) {
        self.state.withLock { $0.client = client }
    }

    /// Notes what the answer is.
    func note(_ tier: Tier, _ outcome: AnswerOutcome, missing: [MissingRange] = []) {
        let reasons = Set(missing.lazy.map(\.reason.name))
        self.state.withLock { notes in
            notes.tier = tier
            notes.outcome = outcome
            notes.missing = reasons
        }
    }
}
