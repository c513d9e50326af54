public import MarketData
import SQLDatabase

/// What leases are about; the ranges of one key never overlap while they are live.
public enum LeaseKey: Hashable, Sendable {
    /// Bars or quotes of a series.
    case records(Series)
    /// The newest quote and trade of a symbol; its only range is `latestRange`.
    case latest(provider: ProviderID, symbol: String)
    /// Work on the database that one worker at a time does; its only range is `latestRange`.
    case task(String)

    /// The range of a key that has no times: one nanosecond.
    public static let latestRange: TimeRange = {
        guard let range = TimeRange(Timestamp(nanoseconds: 0), Timestamp(nanoseconds: 1)) else {
            preconditionFailure("0 comes before 1.")
        }
        return range
    }()

    /// Where it is bought, empty for a task.
    var providerName: String {
        switch self {
        case .records(let series): series.provider.description
        case .latest(let provider, _): provider.description
        case .task: ""
        }
    }

    /// The columns `provider`, `symbol`, `timeframe` and `kind`.
    var columns: [SQLValue] {
        switch self {
        case .records(let series): series.keyColumns
        case .latest(let provider, let symbol):
            [.text(provider.description), .text(symbol), .text(""), .text("latest")]
        case .task(let name): [.text(""), .text(name), .text(""), .text("task")]
        }
    }

    /// The name under which one claim at a time is decided.
    var lockName: String {
        switch self {
        case .records(let series): "lease \(series.provider) \(series.symbol) \(series.kind) \(series.timeframe)"
        case .latest(let provider, let symbol): "lease \(provider) \(symbol) latest"
        case .task(let name): "lease task \(name)"
        }
    }
}
