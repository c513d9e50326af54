internal import MarketStore

/// What was answered without buying it, valued at what this process has paid: pure state.
///
/// A unit is a record, or for the newest prices one purchase of them. Each unit counts with the average of the purchases
/// of its kind up to then; before the first of them nothing is known, and it counts nothing.
struct Savings {
    /// What purchases of one kind brought and cost.
    private struct Paid {
        var units = 0
        var bytes = 0
        /// The units of purchases whose price is known.
        var pricedUnits = 0
        var usd = 0.0
    }

    private var paid: [NewPurchase.Kind: Paid] = [:]
    private var settled: [NewPurchase.Kind: Int] = [:]
    private(set) var bytes = 0.0
    private(set) var usd = 0.0

    /// Values what was answered since the last time; `unboughtCount` is how many units of a kind were, in all.
    ///
    /// To be called before a purchase changes the averages.
    mutating func settle(_ kind: NewPurchase.Kind, unboughtCount: Int) {
        let count = unboughtCount - self.settled[kind, default: 0]
        self.settled[kind] = unboughtCount
        guard count > 0, let paid = self.paid[kind] else { return }
        if paid.units > 0 { self.bytes += Double(count) * Double(paid.bytes) / Double(paid.units) }
        if paid.pricedUnits > 0 { self.usd += Double(count) * paid.usd / Double(paid.pricedUnits) }
    }

    /// Notes a purchase; one that brought nothing says nothing.
    mutating func notePurchase(_ kind: NewPurchase.Kind, records: Int, bytes: Int, usd: Double?) {
        guard records > 0 else { return }
        let units = kind == .latest ? 1 : records
        var paid = self.paid[kind] ?? Paid()
        paid.units += units
        paid.bytes += bytes
        if let usd {
            paid.pricedUnits += units
            paid.usd += usd
        }
        self.paid[kind] = paid
    }
}
