internal import SQLDatabase

extension SQLError {
    /// Whether it says that the database cannot be used for a while, and nothing about the statement or the data.
    var isOutage: Bool {
        switch self.code {
        case .unavailable, .connectionLost, .authenticationFailed, .poolExhausted, .timedOut, .busy, .readOnly,
            .diskFull, .closed, .serializationFailure:
            true
        case .other:
            // Postgres: insufficient resources, an operator's intervention, a system error.
            self.sqlState.map { ["53", "57", "58"].contains($0.prefix(2)) } ?? false
        default:
            false
        }
    }

    /// Whether the same transaction may succeed a moment later; the others have waited for long, or wait in vain.
    var isWorthRetryingSoon: Bool {
        switch self.code {
        case .unavailable, .connectionLost, .poolExhausted, .serializationFailure: true
        default: false
        }
    }
}
