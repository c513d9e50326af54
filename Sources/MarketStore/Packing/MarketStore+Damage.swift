import MarketData
import SQLDatabase

extension MarketStore {
    /// Gives up the stretches of blocks that cannot be read: they are deleted and count as never stored, so that what
    /// reads them next buys them again.
    ///
    /// A block that can be read by now stays. Returns what was given up.
    @discardableResult
    public func forget(_ damaged: DamagedBlocks) async throws -> [DamagedBlocks.Block] {
        let series = damaged.series
        let stretches = damaged.blocks.map(\.stretch)
        let forgotten = try await self.database.write { transaction in
            var row = try SeriesRow.lock(series, in: transaction).own
            var forgotten: [DamagedBlocks.Block] = []
            for stretch in stretches {
                let blocks = try BlockTable.blocks(ofSeries: row.id, startingIn: stretch, in: transaction)
                for block in try blocks.contents(of: series).damaged {
                    try BlockTable.delete(startingAt: block.start, ofSeries: row.id, in: transaction)
                    row.coverage.remove(block.stretch)
                    forgotten.append(block)
                }
            }
            if !forgotten.isEmpty {
                row.packedEnd = try BlockTable.end(of: series, id: row.id, in: transaction)
                try row.saveRaisingVersion(in: transaction)
            }
            return forgotten
        }
        self.noteDamaged(forgotten, of: series)
        return forgotten
    }

    /// Logs and counts blocks that were given up.
    func noteDamaged(_ blocks: [DamagedBlocks.Block], of series: Series) {
        guard !blocks.isEmpty else { return }
        self.damagedBlocks.withLock { $0 += blocks.count }
        for block in blocks {
            self.logger.error(
                "a packed block is damaged; its stretch counts as never stored and is bought again when it is asked for",
                metadata: ["series": "\(series)", "stretch": "\(block.stretch)", "reason": "\(block.reason)"]
            )
        }
    }

    /// Blocks that could not be read and were given up since the start.
    public var damagedBlockCount: Int { self.damagedBlocks.withLock { $0 } }
}
