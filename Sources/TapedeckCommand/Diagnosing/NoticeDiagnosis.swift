import Logging
import SQLDatabase

/// Looks whether a worker with these settings would hear the notices of others.
struct NoticeDiagnosis: Sendable {
    let settings: Settings
    let logger: Logger

    /// Listens for its own notice, on a channel that no worker uses; for a Postgres that answers.
    func finding() async -> Finding {
        let comparing = "versions are compared every \(self.settings.cache.fleet.comparingInterval)"
        let url = self.settings.listenDatabaseURL ?? self.settings.databaseURL
        guard url != "none" else { return .ok("notices", "switched off: \(comparing)") }
        do {
            try await self.listen(url)
            return .ok("notices", "a notice was sent and heard")
        } catch {
            return .warn("notices", "\((error as? SQLError)?.message ?? "\(error)"); \(comparing)", Self.advice)
        }
    }

    /// What helps where an address does not lead to the server itself.
    static var advice: String {
        "set \(ConfigurationKeys.listenDatabase.environment) to the address of Postgres itself, past any pooler"
    }

    /// Throws why the first attempt to open a channel has failed.
    private func listen(_ url: String) async throws {
        var configuration = NoticeChannel.Configuration()
        configuration.channel = "tapedeck_doctor"
        // What it would log is in the finding.
        let channel = try NoticeChannel(
            url: url,
            configuration: configuration,
            logger: Logger(label: self.logger.label) { _ in SwiftLogNoOpLogHandler() }
        )
        let (events, eventing) = AsyncStream.makeStream(of: NoticeChannel.Event.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await channel.run(heartbeat: { "doctor" }) { eventing.yield($0) } }
            defer { group.cancelAll() }
            if case .closed(let error) = await events.first(where: { _ in true }) { throw error }
        }
    }
}
