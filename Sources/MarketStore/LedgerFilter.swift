import MarketData
import SQLDatabase

/// A ledger query as SQL, and the rows that come back as values.
struct LedgerFilter {
    static let columns = """
        id, provider, symbol, timeframe, kind, range_start, range_end, client, request_id, state, records, bytes, \
        cost_usd, requests, started_at, finished_at, duration_ns, error, token, estimated_usd
        """

    private(set) var condition = "1 = 1"
    private(set) var parameters: [SQLValue] = []

    init(_ query: LedgerQuery) {
        self.add("started_at >=", query.since.map { .integer($0.nanoseconds) })
        self.add("started_at <", query.until.map { .integer($0.nanoseconds) })
        self.add("provider =", query.provider.map { .text($0.description) })
        self.add("symbol =", query.symbol.map { .text($0) })
        self.add("client =", query.client.map { .text($0) })
        if let behind = query.behind {
            self.parameters += [.integer(behind.startedAt.nanoseconds), .integer(behind.id.rawValue)]
            self.condition += " AND (started_at, id) < ($\(self.parameters.count - 1), $\(self.parameters.count))"
        }
    }

    /// Reads a row of `columns`.
    static func purchase(of row: any SQLRow) throws -> Purchase {
        guard let kind = NewPurchase.Kind(rawValue: try row.text(4)),
            let state = Purchase.State(rawValue: try row.text(9))
        else {
            throw StoreError(.corruptRow, "the purchase \(try row.integer(0)) is of an unknown kind or state")
        }
        return Purchase(
            id: PurchaseID(rawValue: try row.integer(0)),
            request: try Self.request(of: row, kind: kind),
            state: state,
            figures: PurchaseFigures(
                recordCount: Int(try row.integer(10)),
                byteCount: Int(try row.integer(11)),
                costUSD: try row.doubleIfPresent(12),
                requestCount: Int(try row.integer(13)),
                duration: try row.integerIfPresent(16).map { .nanoseconds($0) }
            ),
            startedAt: Timestamp(nanoseconds: try row.integer(14)),
            finishedAt: try row.integerIfPresent(15).map { Timestamp(nanoseconds: $0) },
            error: try row.textIfPresent(17)
        )
    }

    /// Reads a row of the totals' query.
    static func total(of row: any SQLRow) throws -> LedgerTotal {
        LedgerTotal(
            day: CivilDate(daysSinceEpoch: try row.integer(0)),
            provider: try ProviderID(parsing: try row.text(1)),
            purchaseCount: Int(try row.integer(2)),
            failedCount: Int(try row.integer(3)),
            unfinishedCount: Int(try row.integer(4)),
            recordCount: Int(try row.integer(5)),
            byteCount: Int(try row.integer(6)),
            requestCount: Int(try row.integer(7)),
            costUSD: try row.double(8),
            unknownCostCount: Int(try row.integer(9))
        )
    }

    private static func request(of row: any SQLRow, kind: NewPurchase.Kind) throws -> NewPurchase {
        var request = NewPurchase(
            latestOf: try row.text(2),
            provider: try ProviderID(parsing: try row.text(1)),
            client: try row.text(7),
            requestID: try row.text(8)
        )
        request.kind = kind
        request.token = try row.textIfPresent(18)
        request.estimatedUSD = try row.doubleIfPresent(19)
        request.timeframe = try row.textIfPresent(3).flatMap { Timeframe(rawValue: $0) }
        if let start = try row.integerIfPresent(5), let end = try row.integerIfPresent(6) {
            request.range = TimeRange(Timestamp(nanoseconds: start), Timestamp(nanoseconds: end))
        }
        return request
    }

    private mutating func add(_ comparison: String, _ value: SQLValue?) {
        guard let value else { return }
        self.parameters.append(value)
        self.condition += " AND \(comparison) $\(self.parameters.count)"
    }
}
