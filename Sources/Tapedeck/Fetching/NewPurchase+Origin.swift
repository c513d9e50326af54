internal import Logging
internal import MarketStore

extension NewPurchase {
    /// Who asked for it and with which request, as every line about it in the log says.
    var origin: Logger.Metadata {
        ["client": "\(self.client)", "request_id": "\(self.requestID)"]
    }
}
