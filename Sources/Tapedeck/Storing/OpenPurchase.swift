internal import MarketStore

/// A purchase under way.
struct OpenPurchase: Sendable {
    /// What is bought, with its token.
    let purchase: NewPurchase
    /// Its number in the ledger; nil when it could not be written down before the request.
    let id: PurchaseID?
    /// When it began, on the process's elapsed clock.
    let begun: Int64
    /// The lease under which it is made; nil while the database takes no writes.
    var lease: FetchLease?

    /// What logs call it.
    var name: String { self.id?.description ?? self.purchase.token ?? "?" }
}
