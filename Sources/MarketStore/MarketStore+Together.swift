import MarketData
import SQLDatabase

extension MarketStore {
    /// Makes several writes in one transaction, all or nothing, and answers what each did.
    ///
    /// Writes about the same series, symbol or purchase are made in their order. Making them again changes no more than
    /// making each again does: a caller who does not know whether they were committed may repeat them, and is told
    /// `leaseLost` of a piece whose lease went with it. Throws what the first that is refused throws.
    public func store(_ writes: [StoreWrite]) async throws -> [StoreWriteOutcome] {
        let steps = try writes.enumerated().flatMap { try self.steps(of: $0.element, index: $0.offset) }.inPlace
        let outcomes = try await self.database.write { transaction in
            var outcomes = [StoreWriteOutcome](repeating: .written, count: writes.count)
            for step in steps {
                outcomes[step.index] = try step.run(transaction)
            }
            return outcomes
        }
        for case (.bars(let piece), .bars(let outcome)) in zip(writes, outcomes) {
            self.noteDamaged(outcome.damaged, of: piece.series)
        }
        return outcomes
    }

    private func steps(of write: StoreWrite, index: Int) throws(StoreError) -> [StoreStep] {
        switch write {
        case .bars(let piece):
            let storing = try self.storing(piece)
            return [StoreStep(place: StoreStep.bars(piece.series), index: index) { .bars(try storing($0)) }]
        case .quotes(let piece):
            let storing = try self.storing(piece)
            let place = StoreStep.quotes(piece.series.provider, piece.series.symbol)
            return [StoreStep(place: place, index: index) { .quotes(try storing($0)) }]
        case .latest(let provider, let symbol, let quote, let trade, let lease, let age):
            let writer = try self.latestWriter(
                provider: provider,
                symbol: symbol,
                quote: quote,
                trade: trade,
                purchase: nil,
                lease: lease,
                age: age
            )
            return [StoreStep(place: StoreStep.quotes(provider, symbol), index: index) { try writer.write(in: $0) }]
        case .mappings(let provider, let rows):
            return try Self.checkedBySymbol(rows).map { symbol, mappings in
                StoreStep(place: StoreStep.mappings(provider, symbol), index: index) {
                    try Self.merge(mappings, of: symbol, provider: provider, in: $0)
                }
            }
        case .purchaseBegun(let purchase, let age):
            let beginning = self.beginning(of: purchase, age: age)
            return [StoreStep(place: StoreStep.ledger, index: index) { _ = try beginning($0) }]
        case .purchaseEnded(let purchase, let age, let sinceEnd, let figures, let error):
            let record = try self.record(of: purchase, age: age, sinceEnd: sinceEnd, figures: figures, error: error)
            return [StoreStep(place: StoreStep.ledger, index: index) { try record($0) }]
        }
    }
}

extension StoreStep {
    /// A step of which nothing is told.
    fileprivate init(place: [String], index: Int, _ run: @escaping @Sendable (any SQLTransaction) throws -> Void) {
        self.init(place: place, index: index) { transaction -> StoreWriteOutcome in
            try run(transaction)
            return .written
        }
    }
}
