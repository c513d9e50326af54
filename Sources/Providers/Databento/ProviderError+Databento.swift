extension ProviderError {
    /// Whether the same request may succeed later without anybody changing anything.
    var isWorthRetrying: Bool {
        [.unavailable, .timedOut, .cut, .rateLimited].contains(self.code)
    }

    /// What a failure below HTTP means.
    init(_ error: HTTPError) {
        switch error.code {
        case .unreachable, .insecure, .overloaded, .closed:
            self.init(.unavailable, "Databento cannot be reached: \(error.message)")
        case .timedOut: self.init(.timedOut, "Databento took too long: \(error.message)")
        case .cut: self.init(.cut, "Databento's answer was cut: \(error.message)")
        case .malformed: self.init(.corruptAnswer, "Databento's answer cannot be read: \(error.message)")
        case .badRequest: self.init(.badRequest, "the request to Databento cannot be made: \(error.message)")
        case .cancelled: self.init(.cancelled, "the request to Databento was cancelled")
        }
    }

    /// What an answer with an error status means.
    ///
    /// `subject` names what was asked for, such as the symbol.
    init(databentoStatus status: Int, _ body: DatabentoErrorBody, retryAfter: Duration?, subject: String) {
        let said = body.message.isEmpty ? "" : ": \(body.message)"
        let named = body.name.map { " \($0)" } ?? ""
        switch status {
        case 401:
            self.init(.unauthorized, "Databento refused the API key (401)\(said)")
        case 402:
            self.init(.outOfCredit, "the Databento account is out of credit or at its spending limit (402)\(said)")
        case 403:
            self.init(.forbidden, "the Databento account has no licence for \(subject) (403\(named))\(said)")
        case 408:
            self.init(.timedOut, "Databento gave the request up (408)\(said)")
        case 422:
            self.init(databentoRefusal: body, said: said, subject: subject)
        case 429:
            self.init(.rateLimited, "Databento asks for fewer requests (429)\(said)", retryAfter: retryAfter)
        case 400..<500:
            self.init(.badRequest, "Databento refused the request for \(subject) (\(status)\(named))\(said)")
        default:
            self.init(.unavailable, "Databento failed (\(status))\(said)", retryAfter: retryAfter)
        }
    }

    private init(databentoRefusal body: DatabentoErrorBody, said: String, subject: String) {
        switch body.name {
        case "symbology_invalid_request", "symbology_invalid_symbol":
            self.init(.symbolUnknown, "Databento does not know \(subject)\(said)")
        case "data_end_after_available_end", "data_start_after_available_end", "dataset_unavailable_range",
            "data_schema_not_fully_available":
            let until = body.availableEnd.map { " up to \($0)" } ?? ""
            self.init(
                .notAvailableYet,
                "Databento sells \(subject) only\(until) now (\(body.name ?? ""))\(said)",
                availableEnd: body.availableEnd
            )
        default:
            let named = body.name.map { " \($0)" } ?? ""
            self.init(.badRequest, "Databento refused the request for \(subject) (422\(named))\(said)")
        }
    }
}
