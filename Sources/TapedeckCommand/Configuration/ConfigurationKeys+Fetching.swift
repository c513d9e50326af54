/// Settings of when is fetched again, and how much at once.
extension ConfigurationKeys {
    static let provisionalDivisor = ConfigurationKey(
        section: .fetching,
        name: "provisional-divisor",
        environment: "TAPEDECK_PROVISIONAL_DIVISOR",
        fallback: "12",
        help: "A forming bar is bought again when its timeframe divided by this has passed, within the limits above."
    )
    static let closedRecheckInterval = ConfigurationKey(
        section: .fetching,
        name: "closed-recheck-interval",
        environment: "TAPEDECK_CLOSED_RECHECK_INTERVAL",
        fallback: "15m",
        help: "How often the newest bars are asked for while their market is closed; 0s as often as at other times."
    )
    static let settlingMargins = ConfigurationKey(
        section: .fetching,
        name: "settling-margins",
        environment: "TAPEDECK_SETTLING_MARGINS",
        fallback: "1s=30s,1m=1m,1h=5m,1d=30m",
        help: "How long before the end of Databento's data a bar counts as still moving, by timeframe; "
            + "those not named keep their default."
    )
    static let simulatedSettlingMargin = ConfigurationKey(
        section: .fetching,
        name: "simulated-settling-margin",
        environment: "TAPEDECK_SIMULATED_SETTLING_MARGIN",
        fallback: "10s",
        help: "The same for the simulated market."
    )
    static let changedDaysLookbackDays = ConfigurationKey(
        section: .fetching,
        name: "changed-days-lookback-days",
        environment: "TAPEDECK_CHANGED_DAYS_LOOKBACK_DAYS",
        fallback: "30",
        help: "How many days back it is looked up which days were published again; 0 switches that off."
    )
    static let fetchBackoffMin = ConfigurationKey(
        section: .fetching,
        name: "fetch-backoff-min",
        environment: "TAPEDECK_FETCH_BACKOFF_MIN",
        fallback: "1s",
        help: "The wait before a failed purchase is tried again, doubled with each failure."
    )
    static let fetchBackoffMax = ConfigurationKey(
        section: .fetching,
        name: "fetch-backoff-max",
        environment: "TAPEDECK_FETCH_BACKOFF_MAX",
        fallback: "30s",
        help: "The longest such wait."
    )
    static let refusalBackoff = ConfigurationKey(
        section: .fetching,
        name: "refusal-backoff",
        environment: "TAPEDECK_REFUSAL_BACKOFF",
        fallback: "30s",
        help: "The wait before a purchase that was refused (key, licence, credit, symbol) is tried again."
    )
    static let fetchesMax = ConfigurationKey(
        section: .fetching,
        name: "fetches-max",
        environment: "TAPEDECK_FETCHES_MAX",
        fallback: "256",
        help: "Fetches under way at once at most; a read that needs one more is refused with 503."
    )
    static let fetchWaitersMax = ConfigurationKey(
        section: .fetching,
        name: "fetch-waiters-max",
        environment: "TAPEDECK_FETCH_WAITERS_MAX",
        fallback: "10000",
        help: "Reads that wait for fetches at once at most; one more is refused with 503."
    )
    static let leaseDuration = ConfigurationKey(
        section: .fetching,
        name: "lease-duration",
        environment: "TAPEDECK_LEASE_DURATION",
        fallback: "10s",
        help:
            "How long what a worker is buying stays its own when it is not heard of any more; the same for all workers."
    )
    static let claimWaitMax = ConfigurationKey(
        section: .fetching,
        name: "claim-wait-max",
        environment: "TAPEDECK_CLAIM_WAIT_MAX",
        fallback: "2m",
        help: "How long a fetch waits for what other workers are buying before it fails with 504."
    )

    /// The settings of this file, in the order of the documentation.
    static let fetching: [ConfigurationKey] = [
        provisionalDivisor, closedRecheckInterval, settlingMargins, simulatedSettlingMargin, changedDaysLookbackDays,
        fetchBackoffMin, fetchBackoffMax, refusalBackoff, fetchesMax, fetchWaitersMax,
        leaseDuration, claimWaitMax,
    ]
}
