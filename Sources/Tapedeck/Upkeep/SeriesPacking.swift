public import MarketData
public import MarketStore
internal import SQLDatabase

/// Moves the bars of one series into blocks, or back into rows: stretch by stretch, each in a transaction of its own.
public struct SeriesPacking: Sendable {
    /// What is done.
    public enum Direction: Hashable, Sendable {
        /// Final bars become blocks, of the stretches that ended at least so long ago.
        case pack(olderThan: Duration)
        /// Blocks become rows again.
        case unpack
    }

    private let store: MarketStore
    private let direction: Direction

    /// Creates what works on a store, past any cache.
    public init(_ store: MarketStore, _ direction: Direction) {
        self.store = store
        self.direction = direction
    }

    /// Goes through a series, from the oldest stretch on, for as long as `mayGoOn` says so before each transaction.
    ///
    /// Blocks that cannot be read are given up: `MarketStore.forget`. What is done goes into `tally` at once, also where
    /// the call throws what the database throws. The next call goes on where this one ended.
    public func run(
        _ series: Series,
        into tally: inout PackingTally,
        while mayGoOn: (PackingTally) -> Bool
    ) async throws {
        var next: Timestamp? = .earliest
        while let start = next, mayGoOn(tally) {
            do {
                let step = try await self.step(series, from: start)
                if let moved = step.moved { tally.add(moved) }
                next = step.next
            } catch let damaged as DamagedBlocks {
                tally.add(try await self.store.forget(damaged), of: series)
                // What is left of the stretch is not final any more, and stays as it is.
                next = damaged.blocks.last?.stretch.end
            }
        }
    }

    /// Whether what `run` threw stops the other series too: a database that is away, or a cancellation.
    public static func concernsAllSeries(_ error: any Error) -> Bool {
        error.isCancellation || (error as? SQLError)?.isOutage == true
    }

    private func step(_ series: Series, from start: Timestamp) async throws -> PackingStep {
        switch self.direction {
        case .pack(let age): try await self.store.packNext(series, from: start, olderThan: age)
        case .unpack: try await self.store.unpackNext(series, from: start)
        }
    }
}
