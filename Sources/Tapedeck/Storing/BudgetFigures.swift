internal import MarketData
internal import MarketStore

/// The last figures of the day's budget that the database told: pure state.
struct BudgetFigures {
    private let clientsMax: Int
    private var day: CivilDate?
    private var spentUSD = 0.0
    private var clients: [String: BudgetReport.Client] = [:]

    init(clientsMax: Int) {
        self.clientsMax = max(1, clientsMax)
    }

    /// Notes a purchase of `price` that was made when `before` was spent.
    mutating func note(_ before: Spending, adding price: Double, client: String, limits: SpendingLimits) {
        if self.day.map({ $0 < before.day }) ?? true {
            self.day = before.day
            self.clients = [:]
        }
        self.spentUSD = before.allUSD + price
        guard self.clients[client] != nil || self.clients.count < self.clientsMax else { return }
        self.clients[client] = BudgetReport.Client(
            name: client,
            spentUSD: before.clientUSD + price,
            limitUSD: limits.clientUSD
        )
    }

    /// The figures as the statistics show them.
    func report(limitUSD: Double?) -> BudgetReport {
        var report = BudgetReport()
        report.day = self.day
        report.spentUSD = self.spentUSD
        report.limitUSD = limitUSD
        report.clients = self.clients.values.sorted { $0.name < $1.name }
        return report
    }
}
