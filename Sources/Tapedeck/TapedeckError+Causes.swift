internal import MarketData
internal import MarketStore
internal import Providers
internal import SQLDatabase

extension TapedeckError {
    /// The error of a read for which nothing is stored and whose purchase failed.
    init(_ error: ProviderError, provider: ProviderID, retryAfter: Duration) {
        let code: Code
        var parameter: String?
        switch error.code {
        case .symbolUnknown: (code, parameter) = (.symbolUnknown, "symbol")
        case .unsupported: code = .unsupported
        case .badRequest: code = .invalidRequest
        case .unauthorized, .forbidden, .outOfCredit: code = .providerRefused
        case .rateLimited: code = .rateLimited
        case .offline: code = .offline
        // Flights are cancelled only when the cache is.
        case .cancelled: code = .shuttingDown
        default: code = .providerUnavailable
        }
        self.init(
            code,
            "\(provider): \(error.message)",
            parameter: parameter,
            retryAfter: code == .invalidRequest || code == .offline ? nil : max(retryAfter, error.retryAfter ?? .zero),
            underlying: error
        )
    }

    /// The error of a read that memory cannot answer while the database fails.
    init(database error: any Error) {
        if error.isCancellation {
            self.init(.cancelled, "the read was cancelled")
        } else if let damaged = error as? DamagedBlocks {
            // Else it would have been given up and bought again.
            self.init(
                .databaseUnavailable,
                "stored bars cannot be read, and the database does not let them be given up to be bought again: \(damaged)",
                underlying: damaged
            )
        } else {
            self.init(.databaseUnavailable, "the database failed: \(error)", underlying: error)
        }
    }

    /// The error of a request with a value that is not allowed.
    init(_ error: MarketDataError, parameter: String) {
        self.init(.invalidRequest, error.message, parameter: parameter, underlying: error)
    }
}

extension Error {
    /// Whether the task that it was thrown in was cancelled.
    var isCancellation: Bool {
        self is CancellationError || (self as? SQLError)?.code == .cancelled
    }
}
