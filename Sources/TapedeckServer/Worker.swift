import Hummingbird
import HummingbirdCore
public import Logging
public import MarketData
import NIOCore
public import ServiceLifecycle
public import UnixSignals

/// One worker: answers HTTP requests from a cache until it is told to stop.
///
/// On SIGTERM or SIGINT it stops accepting, finishes the requests under way, and then stops the cache.
public struct Worker: Sendable {
    private let backend: WorkerBackend
    private let routes: WorkerRoutes
    private let companions: [any Service]
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Creates a worker; `onListening` is called with the port once connections are accepted.
    ///
    /// `companions` run beside it, and may end before it does. `clock` measures elapsed time, `wallClock` tells the time of
    /// day. Throws `WorkerError.unprotected`.
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
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        self.routes = WorkerRoutes(
            backend: backend,
            configuration: configuration,
            registry: registry,
            clock: clock,
            wallClock: wallClock
        )
    }

    /// Serves until one of the signals arrives, or the calling task is told to shut down or cancelled.
    ///
    /// Throws `WorkerError.cannotListen`, or what made the cache or the server stop.
    public func run(gracefulShutdownSignals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        // Services stop in reverse order: first no more requests, then no more fetches.
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: self.backend.cache)]
                + self.companions.map { .init(service: $0, successTerminationBehavior: .ignore) }
                + [.init(service: self.application())],
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
        var http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StalledWriteHandler(timeout: configuration.stalledWriteTimeout)],
            idleTimeout: TimeAmount(configuration.idleTimeout)
        )
        http.httpDecoder.maxHeaderFieldSize = configuration.headerBytesMax
        http.httpDecoder.maxHeaderListSize = configuration.headerBytesMax
        http.httpDecoder.maxHeaderFieldCount = 100
        return Application(
            router: self.routes.router(),
            server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.connectionsMax, logger: self.logger)
            ),
            onServerRunning: { channel in
                await self.onListening(channel.localAddress?.port ?? configuration.port)
            },
            logger: self.logger
        )
    }
}
