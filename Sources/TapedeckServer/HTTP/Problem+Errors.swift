import HTTPTypes
import Hummingbird
import MarketData
import Tapedeck

extension Problem {
    /// The problem that an error is to a client, or nil for an error that says nothing to it.
    init?(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as TapedeckError: self.init(error)
        case let error as MarketDataError:
            self = .invalidParameter(Self.parameter(of: error), value: nil, detail: error.message)
        case let error as DeadlineExceeded:
            self = Self.failure(
                .gatewayTimeout,
                "timeout",
                "Timeout",
                "no answer within \(error.limit); what was bought is kept, so ask again",
                retryAfter: .seconds(1)
            )
        case is CancellationError:
            self = Self.failure(.serviceUnavailable, "cancelled", "Cancelled", "the worker stopped the request")
        case let error as HTTPError: self.init(error)
        default: return nil
        }
    }

    private init(_ error: TapedeckError) {
        let status: HTTPResponse.Status
        let title: String
        switch error.code {
        case .invalidRequest:
            self = .invalidParameter(error.parameter ?? "", value: nil, detail: error.message)
            if error.parameter == nil { self.parameter = nil }
            return
        case .symbolUnknown:
            (status, title) = (.notFound, "Unknown symbol")
        case .unsupported:
            (status, title) = (.badRequest, "Not for sale")
        case .providerRefused:
            (status, title) = (.badGateway, "The provider refused")
        case .providerUnavailable:
            (status, title) = (.badGateway, "The provider is not available")
        case .rateLimited:
            (status, title) = (.serviceUnavailable, "The provider asks to slow down")
        case .databaseUnavailable:
            (status, title) = (.serviceUnavailable, "The database is not available")
        case .offline:
            (status, title) = (.serviceUnavailable, "Offline")
        case .timedOut:
            (status, title) = (.gatewayTimeout, "The provider is too slow")
        case .budgetExceeded:
            (status, title) = (.init(code: 402, reasonPhrase: "Payment Required"), "The budget would be passed")
        case .overloaded:
            (status, title) = (.serviceUnavailable, "Overloaded")
        case .shuttingDown:
            (status, title) = (.serviceUnavailable, "Shutting down")
        case .cancelled:
            (status, title) = (.serviceUnavailable, "Cancelled")
        default:
            (status, title) = (.internalServerError, "Failed")
        }
        // Those that pass by themselves always say when to come back.
        let waits: [TapedeckError.Code] = [
            .providerUnavailable, .rateLimited, .databaseUnavailable, .overloaded, .shuttingDown,
        ]
        self = Self.failure(
            status,
            Self.kebab(error.code.description),
            title,
            error.message,
            retryAfter: error.retryAfter ?? (waits.contains(error.code) ? .seconds(1) : nil)
        )
        self.parameter = error.code == .symbolUnknown ? error.parameter ?? "symbol" : error.parameter
    }

    private init(_ error: HTTPError) {
        self = Self.failure(
            error.status,
            "http-\(error.status.code)",
            error.status.reasonPhrase,
            error.body ?? error.status.reasonPhrase
        )
    }

    /// A failure, with a Retry-After header of whole seconds when there is something to wait for.
    private static func failure(
        _ status: HTTPResponse.Status,
        _ code: String,
        _ title: String,
        _ detail: String,
        retryAfter: Duration? = nil
    ) -> Problem {
        var problem = Problem(status: status, code: code, title: title, detail: detail)
        if let retryAfter {
            let (seconds, attoseconds) = retryAfter.components
            problem.headers[.retryAfter] = String(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
        }
        return problem
    }

    private static func parameter(of error: MarketDataError) -> String {
        switch error.code {
        case .malformedSymbol: "symbol"
        case .malformedTimeframe: "timeframe"
        case .malformedProvider: "provider"
        case .emptyRange: "end"
        default: "start"
        }
    }

    /// A request that comes when there is no room for it, with the time after which there may be.
    static func busy(
        _ status: HTTPResponse.Status,
        _ code: String,
        title: String,
        detail: String,
        retryAfter: Duration
    ) -> Problem {
        self.failure(status, code, title, detail, retryAfter: retryAfter)
    }

    /// `symbolUnknown` as `symbol-unknown`.
    private static func kebab(_ camelCase: String) -> String {
        camelCase.reduce(into: "") { text, character in
            text += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }
}
