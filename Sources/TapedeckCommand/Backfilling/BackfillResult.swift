import MarketData
import Tapedeck

/// What a backfill did.
struct BackfillResult: Sendable {
    /// How it ended.
    enum End: Equatable, Sendable {
        /// All of it is stored.
        case complete
        /// There is no more to do than to say what it costs.
        case priced
        /// The question was not answered with yes.
        case declined
        /// It was stopped; the piece under way was stored before.
        case interrupted
        /// A piece failed, for the reason given.
        case failed(String)

        /// A word for machines.
        var name: String {
            switch self {
            case .complete: "complete"
            case .priced: "priced"
            case .declined: "declined"
            case .interrupted: "interrupted"
            case .failed: "failed"
            }
        }
    }

    /// What became of one plan.
    struct Part: Sendable {
        let plan: BackfillPlan
        /// Pieces that are stored.
        var piecesDone = 0
        /// Bars that are new.
        var inserted = 0
    }

    /// The plans, with what became of them.
    var parts: [Part]
    /// What it would cost, known before anything was bought.
    let price: PurchasePrice
    /// How it ended.
    var end: End
    /// What was bought.
    var tally: PurchaseTally
    /// How long it took.
    var elapsed: Duration = .zero
}
