import MarketData
import Tapedeck

/// What packing or unpacking by command did.
struct PackingResult: Sendable {
    /// How it ended.
    enum End: Hashable, Sendable {
        /// All series were gone through; everything that could be moved is.
        case complete
        /// The user stopped it.
        case interrupted
        /// The database is away, with the cause.
        case failed(String)

        /// What JSON calls it.
        var name: String {
            switch self {
            case .complete: "complete"
            case .interrupted: "interrupted"
            case .failed: "failed"
            }
        }
    }

    /// A series that failed for itself.
    struct Failure: Sendable {
        /// The series.
        let series: Series
        /// Why.
        let reason: String
    }

    /// The series that are gone through.
    let series: [Series]
    /// Symbols that were named and of which no bars are stored.
    let absentSymbols: [String]
    /// How many series were gone through to their end.
    var seriesDone = 0
    /// What was moved, and what could not be read.
    var tally = PackingTally()
    /// The series that could not be gone through to their end.
    var failures: [Failure] = []
    /// How it ended.
    var end = End.complete
    /// How long it took.
    var elapsed: Duration = .zero

    /// 0 all is done, 1 something was not as it should be, 130 stopped.
    var exitCode: Int32 {
        switch self.end {
        case .interrupted: Interruption.exitCode
        case .failed: 1
        case .complete: self.tally.damages.isEmpty && self.failures.isEmpty && self.absentSymbols.isEmpty ? 0 : 1
        }
    }
}
