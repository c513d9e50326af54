import Foundation
import Logging
import MarketData
import Metrics

/// Makes the API's requests: credentials, errors in our words, and repetition of what failed for the moment.
struct DatabentoAPI: Sendable {
    let configuration: DatabentoHistorical.Configuration
    let client: CurlClient
    let clock: ElapsedClock
    /// Random numbers in 0 ..< 1.
    let random: @Sendable () -> Double
    private(set) var logger: Logger
    /// The request that the calls are made for, sent along as `X-Request-Id`; nil when it is not known.
    private var requestID: String?

    private static let errorBodyBytesMax = 64 << 10

    init(
        configuration: DatabentoHistorical.Configuration,
        client: CurlClient,
        clock: ElapsedClock,
        random: @escaping @Sendable () -> Double,
        logger: Logger
    ) {
        self.configuration = configuration
        self.client = client
        self.clock = clock
        self.random = random
        self.logger = logger
    }

    /// The same for the calls of one request, which its identifier then follows into our log and the vendor's.
    ///
    /// An identifier that could not stand in a header is not sent.
    func tracing(_ requestID: String) -> DatabentoAPI {
        var api = self
        api.logger[metadataKey: "request_id"] = "\(requestID)"
        let isSendable = !requestID.isEmpty && requestID.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        api.requestID = isSendable ? requestID : nil
        return api
    }

    /// Asks a method that answers with JSON, again where that may help.
    ///
    /// `subject` names what is asked about, for messages.
    func json<Answer: Decodable & Sendable>(
        _ method: String,
        _ parameters: [(String, String)],
        post: Bool = false,
        subject: String,
        as type: Answer.Type
    ) async throws -> Answer {
        try await self.withAttempts(at: method) {
            let body = try await self.send(method, parameters, post: post, subject: subject) { transfer, head in
                let body = try await transfer.body(bytesMax: self.configuration.jsonBytesMax)
                guard head.isBodyDelimited else {
                    throw ProviderError(.cut, "Databento's answer to \(method) does not say where it ends")
                }
                return body
            }
            do {
                return try JSONDecoder().decode(type, from: Data(body))
            } catch {
                throw ProviderError(.corruptAnswer, "Databento's answer to \(method) is not what it should be")
            }
        }
    }

    /// Asks a method, and tells the server's time by the `Date` of its answer, nil when it has none that can be read.
    func date(of method: String, _ parameters: [(String, String)], subject: String) async throws -> Timestamp? {
        try await self.withAttempts(at: method) {
            try await self.send(method, parameters, post: false, subject: subject) { transfer, head in
                _ = try await transfer.body(bytesMax: self.configuration.jsonBytesMax)
                return head["date"].flatMap(HTTPDate.time)
            }
        }
    }

    /// Makes one request for records and lends the answer to `body`.
    func stream<Result: Sendable>(
        _ order: DatabentoOrder,
        _ body: (HTTPTransfer, HTTPHead) async throws -> Result
    ) async throws -> Result {
        self.logger.debug(
            "buying records from Databento",
            metadata: [
                "dataset": "\(order.dataset)", "schema": "\(order.schema)", "symbol": "\(order.symbol)",
                "range": "\(order.range)",
            ]
        )
        let subject = "\(order.symbol) (\(order.symbol.stype)) of \(order.dataset) in \(order.range)"
        return try await self.send(
            "timeseries.get_range",
            order.parameters,
            post: true,
            isStream: true,
            subject: subject,
            body
        )
    }

    /// Carries out `attempt` until it succeeds, fails for good, or has failed `attemptsMax` times.
    func withAttempts<Result: Sendable>(
        at what: String,
        _ attempt: () async throws -> Result
    ) async throws -> Result {
        var failures = 0
        while true {
            do {
                return try await attempt()
            } catch let error as ProviderError {
                failures += 1
                try await self.pause(after: error, failures: failures, at: what)
            }
        }
    }

    /// Waits before the next attempt, or throws `error` when there is to be none.
    func pause(after error: ProviderError, failures: Int, at what: String) async throws {
        let backoff = Backoff(
            base: self.configuration.backoffBase,
            pauseMax: self.configuration.backoffMax,
            retryAfterMax: self.configuration.retryAfterMax
        )
        guard error.isWorthRetrying, failures < self.configuration.attemptsMax,
            let pause = backoff.pause(afterFailures: failures, retryAfter: error.retryAfter, draw: self.random())
        else { throw error }
        self.logger.warning(
            "Databento: trying again",
            metadata: ["at": "\(what)", "failures": "\(failures)", "pause": "\(pause)", "error": "\(error)"]
        )
        let dimensions = [("provider", "databento/\(self.configuration.dataset)"), ("code", error.code.description)]
        Timer(label: "tapedeck_upstream_retry_wait", dimensions: dimensions).record(duration: pause)
        do {
            try await self.clock.sleep(pause)
        } catch {
            throw ProviderError(.cancelled, "the request to Databento was cancelled")
        }
    }

    private func send<Result: Sendable>(
        _ method: String,
        _ parameters: [(String, String)],
        post: Bool,
        isStream: Bool = false,
        subject: String,
        _ body: (HTTPTransfer, HTTPHead) async throws -> Result
    ) async throws -> Result {
        // What is not a stream of records is free, and the price of a purchase is asked for when its lease is used up.
        if isStream { try RequestPermission.check() }
        let form = formEncoded(parameters)
        let url = "\(self.configuration.baseURL.trimmingSlashes)/v0/\(method)"
        let request = HTTPRequest(
            url: post || form.isEmpty ? url : "\(url)?\(form)",
            form: post ? form : nil,
            user: self.configuration.key.text,
            headers: ["Accept: \(isStream ? "application/octet-stream" : "application/json")", "Expect:"]
                + (self.requestID.map { ["X-Request-Id: \($0)"] } ?? []),
            deadline: isStream ? nil : self.configuration.requestTimeout
        )
        do {
            return try await self.client.send(request) { transfer in
                let head = try await transfer.head()
                self.logWarning(head, of: method)
                guard head.status == 200 || head.status == 206 else {
                    throw try await self.refusal(transfer, head, subject: subject)
                }
                return try await body(transfer, head)
            }
        } catch let error as HTTPError {
            throw ProviderError(error)
        }
    }

    private func refusal(_ transfer: HTTPTransfer, _ head: HTTPHead, subject: String) async throws -> ProviderError {
        var body: [UInt8] = []
        do throws(HTTPError) {
            // A refusal that is too long or cut short still says enough.
            while body.count < Self.errorBodyBytesMax, let chunk = try await transfer.next() { body += chunk }
        } catch  where error.code == .cancelled {
            throw error
        } catch {}
        let error = ProviderError(
            databentoStatus: head.status,
            DatabentoErrorBody([UInt8](body.prefix(Self.errorBodyBytesMax))),
            retryAfter: head["retry-after"].flatMap(Self.seconds),
            subject: subject
        )
        let number = head["request-id"].map { " [request \($0.prefix(64))]" } ?? ""
        return ProviderError(
            error.code,
            self.configuration.key.redacted(error.message + number),
            retryAfter: error.retryAfter,
            availableEnd: error.availableEnd
        )
    }

    /// Seconds of a `Retry-After` header; its other form, a date, would need the wall clock and is not obeyed.
    private static func seconds(_ text: String) -> Duration? {
        guard let seconds = Double(text), seconds >= 0, seconds <= 86_400 * 366 else { return nil }
        return .seconds(seconds)
    }

    private func logWarning(_ head: HTTPHead, of method: String) {
        guard let warning = head["x-warning"] else { return }
        let text = self.configuration.key.redacted(String(warning.prefix(1_000)))
        self.logger.warning("Databento warns", metadata: ["method": "\(method)", "warning": "\(text)"])
    }
}

extension String {
    fileprivate var trimmingSlashes: Substring {
        var rest = self[...]
        while rest.hasSuffix("/") { rest.removeLast() }
        return rest
    }
}
