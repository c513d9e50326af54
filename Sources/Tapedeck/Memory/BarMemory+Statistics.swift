extension BarMemory {
    /// How full memory is.
    struct Usage: Equatable {
        var bars = 0
        var bytes = 0
        var pages = 0
        var series = 0
        var evictions = 0
    }

    /// What a series takes beside its pages.
    private static var seriesByteCount: Int { 32 + MemoryLayout<SeriesMemory.State>.stride }

    var usage: Usage {
        self.maintenance.withLock { maintenance in
            Usage(
                bars: maintenance.barCount,
                bytes: maintenance.byteCount + maintenance.held.count * Self.seriesByteCount,
                pages: maintenance.policy.count,
                series: maintenance.held.count,
                evictions: maintenance.evictionCount
            )
        }
    }

    /// Traps when pages, sums and policy do not fit each other.
    func checkInvariants() {
        self.maintenance.withLock { maintenance in
            maintenance.policy.checkInvariants()
            var (bars, bytes, pages) = (0, 0, 0)
            for (id, memory) in maintenance.held {
                precondition(memory.id == id)
                memory.state.withLock { state in
                    precondition(!state.pages.isEmpty && !state.isDetached)
                    precondition(zip(state.pages, state.pages.dropFirst()).allSatisfy { $0.index < $1.index })
                    for page in state.pages {
                        page.checkInvariants()
                        let cost = maintenance.policy.cost(of: PageKey(series: id, index: page.index))
                        precondition(cost == page.cost, "The policy knows every page by its cost.")
                        bars += page.bars.count
                        bytes += page.byteCount
                        pages += 1
                    }
                }
            }
            precondition(pages == maintenance.policy.count)
            precondition(bars == maintenance.barCount)
            precondition(bytes == maintenance.byteCount)
        }
    }
}
