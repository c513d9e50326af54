import Logging
import ServiceLifecycle

/// Fills a worker's memory from the configured list, once, while it already serves.
struct StartUpWarming: Service {
    let list: WarmList
    let warmer: Warmer
    let logger: Logger

    /// Warms the list; ends early at a graceful shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown { await self.warm() }
    }

    private func warm() async {
        guard !self.list.entries.isEmpty else { return }
        var (complete, failed) = (0, 0)
        do {
            try await self.warmer.run(self.list.entries) { outcome in
                switch outcome.result {
                case .success(let answer):
                    complete += outcome.isComplete ? 1 : 0
                    self.logger.info(
                        "warmed",
                        metadata: [
                            "entry": "\(outcome.entry)", "bars": "\(answer.bars.count)", "from": "\(answer.tier)",
                            "complete": "\(answer.isComplete)",
                        ]
                    )
                case .failure(let error):
                    failed += 1
                    self.logger.warning("could not be warmed: \(error)", metadata: ["entry": "\(outcome.entry)"])
                }
            }
        } catch {
            self.logger.info("warming was stopped")
            return
        }
        self.logger.info(
            "warming done",
            metadata: [
                "entries": "\(self.list.entries.count)", "complete": "\(complete)", "failed": "\(failed)",
            ]
        )
    }
}
