import Hummingbird
import Logging
import NIOCore

/// What a request carries on its way through the worker.
struct WorkerRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// The identifier that joins answer, log and ledger.
    var requestID = ""
    /// Whose allowance the request is counted against.
    private(set) var source = RequestSource.address("none")
    /// Who asks, for the ledger: a bot's configured name, or what the client calls itself, or `http`.
    private(set) var client = "http"
    /// What is found out about the request, shared by all who see this context.
    let record = RequestRecord()

    init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.channel = source.channel
    }

    /// The logger whose lines carry the request's identifier, made when there is a line to write: most requests have none.
    var requestLogger: Logger {
        var logger = self.logger
        logger[metadataKey: "hb.request.id"] = nil
        logger[metadataKey: "request_id"] = "\(self.requestID)"
        return logger
    }

    /// Sets who asks; without a name it is `http`.
    mutating func identify(_ source: RequestSource, client: String? = nil) {
        self.source = source
        if let client { self.client = client }
        self.record.note(client: self.client)
    }
}
