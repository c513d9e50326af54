/// Who asked, for logs and the ledger.
struct RequestOrigin: Hashable, Sendable {
    let client: String
    let requestID: String
}
