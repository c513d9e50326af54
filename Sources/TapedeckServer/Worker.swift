import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
public import MarketData
import NIOCore
public import ServiceLifecycle
public import UnixSignals

/// One worker: answers HTTP requests from a cache until it is told to stop.
///
/// On SIGTERM or SIGINT it accepts the connections that wait, accepts no more, answers the requests of which something has
/// come, and then stops the cache.
public struct Worker: Sendable {
    /// What connections are served on: the process's own event loops.
    private static var eventLoops: any EventLoopGroup { EventLoopGroupProvider.singleton.eventLoopGroup }

    private let backend: WorkerBackend
    private let routes: WorkerRoutes
    private let companions: [any Service]
    private let metrics: HTTPMetrics
    private let tls: TLSReload?
    private let configuration: WorkerConfiguration
    private let accepted: AcceptedBeforeTheEnd
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Creates a worker; `onListening` is called with the port once connections are accepted.
    ///
    /// `companions` run beside it, and may end before it does. `clock` measures elapsed time, `wallClock` tells the time of
    /// day. Throws `WorkerError.unprotected` and `WorkerError.tls`.
    public init(
        backend: WorkerBackend,
        companions: [any Service] = [],
        registry: PrometheusRegistry,
        configuration: WorkerConfiguration,
        clock: any Clock<Duration>,
        wallClock: @escaping @Sendable () -> Timestamp,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws(WorkerError) {
        try configuration.validate()
        self.backend = backend
        self.companions = companions
        self.accepted = AcceptedBeforeTheEnd(eventLoops: Self.eventLoops, clock: clock)
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        self.metrics = HTTPMetrics(factory: registry)
        do throws(TLSFileError) {
            self.tls = try configuration.tls.map { files throws(TLSFileError) in
                try TLSReload(files, wallClock: wallClock, logger: logger)
            }
        } catch {
            throw .tls(error)
        }
        self.routes = WorkerRoutes(
            backend: backend,
            configuration: configuration,
            registry: registry,
            metrics: self.metrics,
            databaseSize: DatabaseSizeProbe(
                timeout: configuration.readinessTimeout,
                clock: clock,
                ask: backend.databaseByteCount
            ),
            admission: AdmissionControl(configuration.admission, elapsed: stopwatch(clock), metrics: self.metrics),
            clock: clock,
            wallClock: wallClock
        )
    }

    /// Serves until one of the signals arrives, or the calling task is told to shut down or cancelled.
    ///
    /// Throws `WorkerError.cannotListen`, or what made the cache or the server stop.
    public func run(gracefulShutdownSignals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        if self.tls == nil, !LoopbackHost.contains(self.configuration.host) {
            self.logger.warning("without TLS the tokens pass through the network readable: set a certificate and key")
        }
        // Services stop in reverse order: what waits is accepted, then no more requests, then no more fetches.
        let companions = self.companions + (self.tls.map { [$0] } ?? [])
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: self.backend.cache)]
                + companions.map { .init(service: $0, successTerminationBehavior: .ignore) }
                + [.init(service: self.application()), .init(service: self.accepted)],
            gracefulShutdownSignals: gracefulShutdownSignals,
            logger: self.logger
        )
        configuration.maximumGracefulShutdownDuration = self.configuration.shutdownTimeout
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw self.cannotListen("\(error)")
        } catch let error as SocketAddressError {
            throw self.cannotListen("\(error)")
        }
    }

    private func cannotListen(_ reason: String) -> WorkerError {
        .cannotListen(host: self.configuration.host, port: self.configuration.port, reason: reason)
    }

    /// The HTTP server, for tests also without a socket.
    func application() -> some ApplicationProtocol {
        let configuration = self.configuration
        return Application(
            router: self.routes.router(),
            server: self.server(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.connectionsMax, logger: self.logger)
            ),
            onServerRunning: { channel in
                self.accepted.listens(on: channel)
                await self.onListening(channel.localAddress?.port ?? configuration.port)
            },
            eventLoopGroupProvider: .shared(Self.eventLoops),
            logger: self.logger
        )
    }

    /// How connections are served: HTTP/1.1, within TLS where there is a certificate, behind guards against clients that
    /// are slow to send and slow to read.
    private func server() -> HTTPServerBuilder {
        let configuration = self.configuration
        let metrics = self.metrics
        var http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                RequestArrivedHandler(),
                StalledWriteHandler(timeout: configuration.stalledWriteTimeout) { metrics.recordCut("stalled-write") },
            ],
            idleTimeout: TimeAmount(configuration.idleTimeout)
        )
        http.httpDecoder.maxHeaderFieldSize = configuration.headerBytesMax
        http.httpDecoder.maxHeaderListSize = configuration.headerBytesMax
        http.httpDecoder.maxHeaderFieldCount = configuration.headerFieldsMax
        let decoding = http
        let guardian: @Sendable () -> SlowRequestHandler = {
            SlowRequestHandler(timeout: configuration.receiveTimeout) { metrics.recordCut("slow-request") }
        }
        return HTTPServerBuilder { responder in
            let plain = HTTP1Channel(responder: responder, configuration: decoding)
            guard let tls = self.tls else { return GuardedChannel(base: plain, guardian: guardian) }
            let secure = try TLSChannel(plain, tlsConfiguration: tls.configuration)
            return GuardedChannel(base: secure, guardian: guardian)
        }
    }
}
