/// Makes HTTP requests with libcurl, on one thread of its own, and keeps connections for the next request.
///
/// The thread is started with the first request and ends with the client.
final class CurlClient: Sendable {
    /// Limits and timeouts.
    struct Configuration: Sendable {
        /// The most connections at a time; further transfers wait for one.
        var connectionsMax = 8
        /// The most transfers under way or waiting for a connection; more are refused with `overloaded`.
        var transfersMax = 256
        /// The most body bytes of one transfer that wait to be read, at least 64 KiB.
        var bufferedBytesMax = 1 << 20
        /// The longest head of an answer.
        var headBytesMax = 64 << 10
        /// The most time until a connection stands.
        var connectTimeout = Duration.seconds(10)
        /// The most time without a single byte, also before the first; in whole seconds.
        ///
        /// Time in which the reader holds the transfer back does not count.
        var stallTimeout = Duration.seconds(30)
        /// A file of trusted certificates in PEM form, or nil for the system's.
        var certificateAuthorityFile: String?
        /// What the client calls itself.
        var userAgent = "Tapedeck"
    }

    private let loop: CurlLoop

    /// Throws `overloaded` when libcurl cannot be set up.
    init(_ configuration: Configuration) throws(HTTPError) {
        self.loop = try CurlLoop(configuration)
    }

    deinit {
        self.loop.close()
    }

    /// Makes a request and lends the answer to `body`.
    ///
    /// The transfer ends with `body`, read to its end or not, and with the calling task's cancellation.
    func send<Result: Sendable>(
        _ request: HTTPRequest,
        _ body: (HTTPTransfer) async throws -> Result
    ) async throws -> Result {
        let transfer = try self.loop.start(request)
        defer { transfer.cancel() }
        return try await withTaskCancellationHandler {
            try await body(transfer)
        } onCancel: {
            transfer.cancel()
        }
    }

    /// Fails the transfers under way, and all later ones, with `closed`.
    func close() {
        self.loop.close()
    }
}
