public import MarketData

extension SimulatedProvider {
    /// How the provider behaves, beside the market that it sells.
    public struct Configuration: Sendable {
        /// Who the provider says it is.
        public var id = ProviderID.simulated
        /// The market.
        public var market = SimulatedMarket.Configuration()
        /// How long each call takes before it answers.
        public var latency = Duration.zero
        /// The share of calls that fail with `unavailable`, 0 to 1.
        ///
        /// Which ones follows from the seed and their number.
        public var errorShare = 0.0
        /// When (by the wall clock) every call fails with `unavailable`.
        public var outages: [TimeRange] = []
        /// How far behind the wall clock the end of what is sold lies.
        public var availabilityDelay = Duration.zero
        /// How far behind the end of what is sold the data have settled.
        public var settlingMargin = Duration.seconds(10)
        /// The most records in one piece, 1 to 1,000,000.
        public var pieceRecordsMax = 10_000
        /// The price of 1,000,000,000 bytes in US dollars, or nil for a provider that is free.
        public var pricePerGB: Double?
        /// The most purchases that are remembered; the oldest are forgotten first.
        public var purchasesMax = 10_000

        /// Creates the default: a free provider that answers at once and always.
        public init() {}

        /// Throws `badRequest` naming a setting that is out of bounds.
        func validate() throws(ProviderError) {
            guard (0...1).contains(self.errorShare) else {
                throw ProviderError(.badRequest, "errorShare is \(self.errorShare): use a share from 0 to 1")
            }
            let year = Duration.seconds(366 * 86_400)
            for (name, duration) in [
                ("latency", self.latency), ("availabilityDelay", self.availabilityDelay),
                ("settlingMargin", self.settlingMargin),
            ] where duration < .zero || duration > year {
                throw ProviderError(.badRequest, "\(name) is \(duration): use 0 seconds to 366 days")
            }
            guard (1...1_000_000).contains(self.pieceRecordsMax) else {
                throw ProviderError(.badRequest, "pieceRecordsMax is \(self.pieceRecordsMax): use 1 to 1000000 records")
            }
            guard (0...1_000_000).contains(self.purchasesMax) else {
                throw ProviderError(.badRequest, "purchasesMax is \(self.purchasesMax): use 0 to 1000000 purchases")
            }
            if let price = self.pricePerGB, !(0...1_000_000).contains(price) {
                throw ProviderError(.badRequest, "pricePerGB is \(price): use 0 to 1000000 US dollars")
            }
        }
    }
}
