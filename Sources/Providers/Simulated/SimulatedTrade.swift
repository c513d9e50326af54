import MarketData

/// One trade of a simulated minute.
struct SimulatedTrade {
    /// Nanoseconds since the minute began.
    let offset: Int64
    /// The price in steps.
    let price: Int64
    /// The quantity.
    let size: Int64
    /// Whether a buyer took the initiative.
    let isBuy: Bool
    /// A number that grows within the day.
    let sequence: UInt32

    /// The trade as others know it.
    func trade(ofMinute index: Int64, prices tape: SimulatedTape) -> Trade {
        Trade(
            timestamp: Timestamp(nanoseconds: index * Timeframe.oneMinute.nanoseconds + self.offset),
            price: tape.price(self.price),
            size: Double(self.size),
            side: self.isBuy ? .buy : .sell,
            sequence: self.sequence
        )
    }
}
