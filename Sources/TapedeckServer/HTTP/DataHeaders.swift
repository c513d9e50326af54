import HTTPTypes
import Tapedeck

extension HTTPFields {
    /// The headers of an answer with data: where it comes from and how fresh it is.
    init(tier: Tier, age: Duration, isStale: Bool, contentType: String) {
        self.init()
        self[.contentType] = contentType
        self[.tier] = tier.rawValue
        self[.age] = String(age > .zero ? age.components.seconds : 0)
        self[.stale] = isStale ? "true" : "false"
    }
}
