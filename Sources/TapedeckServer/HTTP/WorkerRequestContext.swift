import Hummingbird
import NIOCore

/// What a request carries on its way through the worker.
struct WorkerRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// The identifier that joins answer, log and ledger.
    var requestID = ""
    /// Whose allowance the request is counted against.
    var source = RequestSource.address("none")
    /// Who asks, for the ledger: a bot's configured name, or what the client calls itself, or `http`.
    var client = "http"

    init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.channel = source.channel
    }
}
