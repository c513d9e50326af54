import Logging
import SQLDatabase

/// What a worker says once it listens.
struct ServeGreeting {
    let settings: Settings
    let port: Int

    /// Logs one line, prints where and what the worker serves, and on demand requests to try.
    func print(examples: Bool, logger: Logger) {
        let providers = self.settings.providers.map(\.description).joined(separator: ", ")
        logger.info(
            "serving",
            metadata: [
                "address": "\(self.address)", "provider": "\(providers)", "database": "\(self.database)",
                "mode": "\(self.settings.cache.mode)",
            ]
        )
        StandardOutput.print("Listening on \(self.address), database \(self.database), provider \(providers)")
        if self.settings.databentoKey == nil {
            StandardOutput.print("No DATABENTO_API_KEY is set: prices are simulated.")
        }
        switch self.settings.cache.mode {
        case .cache: break
        case .bypass: StandardOutput.print("Mode bypass: every answer is bought anew, and nothing is stored.")
        case .offline: StandardOutput.print("Mode offline: nothing is bought, what is stored is all there is.")
        }
        guard examples else { return }
        StandardOutput.print("Try:")
        for path in [
            "/v1/bars?symbol=ES.c.0&timeframe=1h&last=24", "/v1/quote?symbol=ES.c.0",
            "/v1/coverage?symbol=ES.c.0&timeframe=1h",
        ] {
            StandardOutput.print("  curl '\(self.address)\(path)'")
        }
    }

    private var address: String {
        let host = self.settings.worker.host
        return
            "\(self.settings.worker.tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(self.port)"
    }

    private var database: String {
        (try? DatabaseURL(parsing: self.settings.databaseURL).redacted) ?? "unknown"
    }
}
