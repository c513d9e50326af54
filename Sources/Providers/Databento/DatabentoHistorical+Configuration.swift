public import MarketData

extension DatabentoHistorical {
    /// What the provider needs to know, and its limits.
    public struct Configuration: Sendable {
        /// One stretch in which the newest quote is looked for.
        public struct LatestWindow: Hashable, Sendable {
            /// The vendor's name of the schema: `bbo-1s`, `bbo-1m` or `mbp-1`.
            public var schema: String
            /// How far it reaches back from the available end.
            public var length: Duration

            /// Creates a window.
            public init(schema: String, length: Duration) {
                self.schema = schema
                self.length = length
            }
        }

        /// The dataset, such as `GLBX.MDP3`.
        public var dataset: String
        /// The API key.
        public var key: DatabentoKey
        /// The address of the API, `https://` or `http://`, without `/v0`.
        public var baseURL = "https://hist.databento.com"
        /// A file of trusted certificates in PEM form, or nil for the system's.
        public var certificateAuthorityFile: String?

        /// How long before the available end data count as still moving, for each timeframe sold.
        ///
        /// A bar is final when its period ended before that. The longer a period, the dearer a mistake and the cheaper
        /// to wait.
        public var settlingMargins: [Timeframe: Duration] = [
            .oneSecond: .seconds(30), .oneMinute: .seconds(60), .oneHour: .seconds(300), .oneDay: .seconds(1_800),
        ]
        /// How long the dataset's range is remembered.
        public var availabilityLifetime = Duration.seconds(30)
        /// How long unit prices are remembered.
        public var unitPricesLifetime = Duration.seconds(86_400)
        /// How long it is remembered when a symbol existed.
        public var symbolsLifetime = Duration.seconds(3_600)
        /// The most symbols of which that is remembered.
        public var symbolsMax = 10_000

        /// The most attempts at one request or fetch, resumptions included.
        public var attemptsMax = 5
        /// The longest wait after the first failure; it doubles with each further one.
        public var backoffBase = Duration.milliseconds(500)
        /// The longest wait between attempts that the provider did not ask for.
        public var backoffMax = Duration.seconds(30)
        /// The longest `Retry-After` that is obeyed; a longer one is thrown to the caller.
        public var retryAfterMax = Duration.seconds(60)

        /// The most time until a connection stands.
        public var connectTimeout = Duration.seconds(10)
        /// The most time without a single byte, in whole seconds.
        public var stallTimeout = Duration.seconds(30)
        /// The most time for a request that is not for records.
        public var requestTimeout = Duration.seconds(30)
        /// The most connections at a time; the vendor allows 100.
        public var connectionsMax = 8
        /// The most bytes of one answer that wait to be decoded; the connection is not read while it is full.
        public var bufferedBytesMax = 1 << 20
        /// The longest answer of JSON.
        public var jsonBytesMax = 16 << 20

        /// The most records in one piece.
        public var pieceRecordsMax = 10_000
        /// Where the newest quote is looked for, until one is found.
        ///
        /// Schemas that the dataset does not have are passed over.
        public var latestWindows = [
            LatestWindow(schema: "bbo-1s", length: .seconds(300)),
            LatestWindow(schema: "bbo-1m", length: .seconds(3_600)),
            LatestWindow(schema: "bbo-1m", length: .seconds(86_400)),
            LatestWindow(schema: "bbo-1m", length: .seconds(4 * 86_400)),
            LatestWindow(schema: "mbp-1", length: .seconds(60)), LatestWindow(schema: "mbp-1", length: .seconds(900)),
        ]
        /// The most ranges that `estimate` asks the vendor about; for more nothing is estimated.
        public var estimateRangesMax = 20

        /// Creates the default configuration of a dataset.
        public init(dataset: String, key: DatabentoKey) {
            self.dataset = dataset
            self.key = key
        }

        /// Throws `badRequest` naming a setting that is out of bounds.
        func validate() throws(ProviderError) {
            func check(_ isSound: Bool, _ message: String) throws(ProviderError) {
                if !isSound { throw ProviderError(.badRequest, message) }
            }
            try check(
                self.baseURL.hasPrefix("https://") || self.baseURL.hasPrefix("http://"),
                "the Databento address '\(self.baseURL)' must begin with https:// or http://"
            )
            try check(!self.baseURL.contains("@"), "the Databento address must not hold credentials")
            for (name, value, allowed) in [
                ("attemptsMax", self.attemptsMax, 1...100), ("pieceRecordsMax", self.pieceRecordsMax, 1...1_000_000),
                ("connectionsMax", self.connectionsMax, 1...100), ("symbolsMax", self.symbolsMax, 1...1_000_000),
                ("bufferedBytesMax", self.bufferedBytesMax, 65_536...(1 << 30)),
                ("jsonBytesMax", self.jsonBytesMax, 65_536...(1 << 30)),
                ("estimateRangesMax", self.estimateRangesMax, 0...1_000),
            ] {
                try check(
                    allowed.contains(value),
                    "\(name) is \(value): use \(allowed.lowerBound) to \(allowed.upperBound)"
                )
            }
            for (name, value, least) in [
                ("availabilityLifetime", self.availabilityLifetime, Duration.zero),
                ("unitPricesLifetime", self.unitPricesLifetime, .zero),
                ("symbolsLifetime", self.symbolsLifetime, .zero),
                ("backoffBase", self.backoffBase, .milliseconds(1)), ("backoffMax", self.backoffMax, .milliseconds(1)),
                ("retryAfterMax", self.retryAfterMax, .zero), ("connectTimeout", self.connectTimeout, .milliseconds(1)),
                ("stallTimeout", self.stallTimeout, .seconds(1)),
                ("requestTimeout", self.requestTimeout, .milliseconds(1)),
            ] {
                try check(
                    value >= least && value <= .seconds(366 * 86_400),
                    "\(name) is \(value): use \(least) to 366 days"
                )
            }
            try check(
                self.settlingMargins.values.allSatisfy { $0 >= .zero && $0 <= .seconds(366 * 86_400) },
                "a settling margin is outside 0 to 366 days"
            )
            try check(
                self.latestWindows.allSatisfy {
                    ["bbo-1s", "bbo-1m", "mbp-1"].contains($0.schema) && $0.length > .zero
                },
                "a window for the newest quote has a length of zero or another schema than bbo-1s, bbo-1m or mbp-1"
            )
        }
    }
}
