/// How a worker listens, whom it lets in and what it allows, each with its default.
public struct WorkerConfiguration: Sendable {
    /// The address to listen on.
    ///
    /// Anything but loopback needs an operator's token and bots' tokens.
    public var host = "127.0.0.1"
    /// The TCP port to listen on; 0 lets the system choose one.
    public var port = 8080
    /// Who may ask.
    ///
    /// Without bots' tokens everybody who reaches the worker may read; without an operator's token nobody may use the
    /// admin routes.
    public var tokens = AccessTokens()
    /// The certificate and key to serve HTTPS with, nil for plain HTTP.
    public var tls: TLSFiles?
    /// How many requests are taken on, in all and of one client.
    public var admission = AdmissionLimits()
    /// Connections at most; further ones wait in the system's queue.
    public var connectionsMax = 1_000
    /// How long an answer may take to begin; after that the request fails with 504.
    ///
    /// What it has bought by then is kept.
    public var requestTimeout: Duration = .seconds(300)
    /// How long a connection may stay open without a request.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a request may take to arrive, from its first byte to its last; after that it is disconnected.
    public var receiveTimeout: Duration = .seconds(15)
    /// How long a client may leave a part of an answer unread before it is disconnected.
    public var stalledWriteTimeout: Duration = .seconds(60)
    /// How long running requests may take to finish after SIGTERM; after that they are cut.
    public var shutdownTimeout: Duration = .seconds(30)
    /// How long the database may take to answer `/ready`, and to tell its part of `/admin/cache/stats` and `/metrics`.
    public var readinessTimeout: Duration = .seconds(2)
    /// Bytes of path and query at most; more is refused with 414, or like too many header fields.
    public var targetBytesMax = 8_192
    /// Bytes of all header fields at most; more is refused with 400 and the connection closed.
    public var headerBytesMax = 32_768
    /// Header fields at most; more are refused with 400 and the connection closed.
    public var headerFieldsMax = 100
    /// Bytes of a request's body at most; more is refused with 413 and the connection closed.
    ///
    /// No route uses a body.
    public var bodyBytesMax = 65_536
    /// A range of bars with more periods than this is streamed from the database in place of being held in memory.
    public var heldPeriodsMax: Int64 = 20_000
    /// A range with more periods than this is refused: the longest answer that is streamed.
    public var rangePeriodsMax = 100_000_000

    /// Creates a configuration with the defaults.
    public init() {}

    /// Throws `WorkerError.unprotected` when the worker would be open to other machines without tokens.
    public func validate() throws(WorkerError) {
        guard !LoopbackHost.contains(self.host) else { return }
        var missing: [String] = []
        if !self.tokens.hasAdmin { missing.append("TAPEDECK_ADMIN_TOKEN") }
        if !self.tokens.hasBots { missing.append("TAPEDECK_TOKENS") }
        guard missing.isEmpty else { throw .unprotected(host: self.host, missing: missing) }
    }
}

/// Why a worker does not start.
public enum WorkerError: Error, Sendable, CustomStringConvertible {
    /// The address is reachable from other machines and the named tokens are not set.
    case unprotected(host: String, missing: [String])
    /// The certificate or its key cannot be used.
    case tls(TLSFileError)
    /// Nothing can listen on the address.
    case cannotListen(host: String, port: Int, reason: String)

    /// What is wrong and what to do, in one line.
    public var description: String {
        switch self {
        case .unprotected(let host, let missing):
            """
            host: '\(host)' is reachable from other machines, which needs tokens; set \
            \(missing.map { "\($0) or \($0)_FILE" }.joined(separator: " and ")), or use 127.0.0.1
            """
        case .tls(let error): "tls: \(error)"
        case .cannotListen(let host, let port, let reason):
            "host and port: cannot listen on \(host):\(port): \(reason); use a free port (0 for any) of an own address"
        }
    }
}
