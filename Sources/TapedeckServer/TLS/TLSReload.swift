import Locking
import Logging
import MarketData
import NIOSSL
import ServiceLifecycle
import UnixSignals

/// Gives new connections the certificate that was read last, and reads it anew on SIGHUP.
///
/// Connections that are open keep the one that they began with.
final class TLSReload: Service {
    private let files: TLSFiles
    private let identity: Locked<TLSIdentity>
    private let wallClock: @Sendable () -> Timestamp
    private let logger: Logger

    /// Reads the files.
    init(_ files: TLSFiles, wallClock: @escaping @Sendable () -> Timestamp, logger: Logger) throws(TLSFileError) {
        self.files = files
        self.wallClock = wallClock
        self.logger = logger
        let identity = try TLSIdentity(files)
        self.identity = Locked(identity)
        self.report(identity, "serving with a certificate")
    }

    /// What the server needs; it asks for the certificate at each handshake.
    var configuration: TLSConfiguration {
        var configuration = self.identity.withLock { $0 }.configuration
        configuration.sslContextCallback = { _, promise in
            let identity = self.identity.withLock { $0 }
            var current = NIOSSLContextConfigurationOverride()
            current.certificateChain = identity.chain
            current.privateKey = identity.key
            promise.succeed(current)
        }
        return configuration
    }

    /// Reads the files at each SIGHUP until graceful shutdown.
    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            self.reload()
        }
    }

    /// Reads the files; what cannot be used is logged, and the certificate from before stays.
    func reload() {
        do throws(TLSFileError) {
            let identity = try TLSIdentity(self.files)
            self.identity.withLock { $0 = identity }
            self.report(identity, "certificate read anew")
        } catch {
            self.logger.error("certificate not read anew; the one from before stays", metadata: ["error": "\(error)"])
        }
    }

    private func report(_ identity: TLSIdentity, _ message: Logger.Message) {
        let isExpired = identity.expiry <= self.wallClock()
        self.logger.log(
            level: isExpired ? .warning : .notice,
            isExpired ? "the certificate has expired" : message,
            metadata: ["file": "\(self.files.certificate)", "expires": "\(identity.expiry)"]
        )
    }
}
