import HTTPTypes
import Hummingbird
import Tapedeck

extension WorkerRoutes {
    /// `GET /health`: the process is alive, and which version it is.
    ///
    /// It asks nothing of anybody.
    @Sendable func health(_ request: Request, _ context: Context) async throws -> Response {
        self.json { json in
            json.beginObject()
            json.key("status")
            json.value("ok")
            json.key("version")
            json.value(Version.current)
            json.endObject()
        }
    }

    /// `GET /ready`: the database answers in time and its schema is the program's; 503 otherwise.
    ///
    /// A worker whose provider is left alone stays ready, because it answers what is stored: the breakers are told beside.
    @Sendable func ready(_ request: Request, _ context: Context) async throws -> Response {
        let readiness = await self.readiness(context)
        return self.json(status: readiness == .ready ? .ok : .serviceUnavailable) { json in
            json.beginObject()
            json.key("status")
            switch readiness {
            case .ready:
                json.value("ready")
            case .notReady(let reason):
                json.value("not ready")
                json.key("reason")
                json.value(reason)
            }
            json.writeModeAndBreakers(self.backend.cache.statistics())
            json.endObject()
        }
    }

    private func readiness(_ context: Context) async -> WorkerBackend.Readiness {
        do {
            return try await withDeadline(self.configuration.readinessTimeout, clock: self.clock) {
                try await self.backend.readiness()
            }
        } catch let error as DeadlineExceeded {
            return .notReady("the database did not answer within \(error.limit)")
        } catch {
            context.requestLogger.warning("not ready", metadata: ["error": "\(error)"])
            return .notReady("the database does not answer; the worker's log has the cause")
        }
    }
}
