/// Settings of what is answered while something is slow or down.
extension ConfigurationKeys {
    static let mode = ConfigurationKey(
        section: .degrading,
        name: "mode",
        environment: "TAPEDECK_MODE",
        isFlag: true,
        fallback: "cache",
        help:
            "cache, bypass (each answer is bought anew and nothing is stored: the way back when the cache is in doubt), or "
            + "offline (nothing is bought: what is stored is all there is)."
    )
    static let softTimeout = ConfigurationKey(
        section: .degrading,
        name: "soft-timeout",
        environment: "TAPEDECK_SOFT_TIMEOUT",
        fallback: "300ms",
        help: "How long a read waits for the provider before stored data that has expired is answered, marked stale; "
            + "without such data it waits on."
    )
    static let staleAgeMax = ConfigurationKey(
        section: .degrading,
        name: "stale-age-max",
        environment: "TAPEDECK_STALE_AGE_MAX",
        fallback: "1h",
        help: "How long ago such data may have expired."
    )
    static let staleShare = ConfigurationKey(
        section: .degrading,
        name: "stale-share",
        environment: "TAPEDECK_STALE_SHARE",
        fallback: "0.25",
        help:
            "For this share of its lifetime after its expiry, a forming bar or quote is answered at once, marked stale, "
            + "and bought again behind that; 0 never."
    )
    static let refreshAheadShare = ConfigurationKey(
        section: .degrading,
        name: "refresh-ahead-share",
        environment: "TAPEDECK_REFRESH_AHEAD_SHARE",
        fallback: "0.97",
        help: "From this share of its lifetime on, what is read often is bought again before it expires; 1 never."
    )
    static let refreshAheadReadsMin = ConfigurationKey(
        section: .degrading,
        name: "refresh-ahead-reads-min",
        environment: "TAPEDECK_REFRESH_AHEAD_READS_MIN",
        fallback: "20",
        help: "How many reads in one lifetime are often."
    )
    static let refreshesAheadMax = ConfigurationKey(
        section: .degrading,
        name: "refreshes-ahead-max",
        environment: "TAPEDECK_REFRESHES_AHEAD_MAX",
        fallback: "32",
        help: "Purchases in the background at once at most; further ones are left to the next read."
    )
    static let hardTimeout = ConfigurationKey(
        section: .degrading,
        name: "hard-timeout",
        environment: "TAPEDECK_HARD_TIMEOUT",
        fallback: "30s",
        help: "How long a request to Databento may go without a byte before it fails (and is repeated)."
    )
    static let readTimeout = ConfigurationKey(
        section: .degrading,
        name: "read-timeout",
        environment: "TAPEDECK_READ_TIMEOUT",
        fallback: "5m",
        help: "How long a read waits for one fetch at most; the fetch goes on."
    )
    static let breakerFailuresMax = ConfigurationKey(
        section: .degrading,
        name: "breaker-failures-max",
        environment: "TAPEDECK_BREAKER_FAILURES_MAX",
        fallback: "5",
        help: "Failures in a row after which a provider is left alone for a while."
    )
    static let breakerFailureShare = ConfigurationKey(
        section: .degrading,
        name: "breaker-failure-share",
        environment: "TAPEDECK_BREAKER_FAILURE_SHARE",
        fallback: "0.5",
        help: "The share of failures among its last 20 calls at which it is left alone, too."
    )
    static let breakerOpenMin = ConfigurationKey(
        section: .degrading,
        name: "breaker-open-min",
        environment: "TAPEDECK_BREAKER_OPEN_MIN",
        fallback: "1s",
        help: "How long it is left alone the first time; each further time twice as long."
    )
    static let breakerOpenMax = ConfigurationKey(
        section: .degrading,
        name: "breaker-open-max",
        environment: "TAPEDECK_BREAKER_OPEN_MAX",
        fallback: "1m",
        help: "How long it is left alone at most."
    )

    /// The settings of this file, in the order of the documentation.
    static let degrading: [ConfigurationKey] = [
        mode, softTimeout, staleAgeMax, staleShare, refreshAheadShare, refreshAheadReadsMin, refreshesAheadMax,
        hardTimeout, readTimeout, breakerFailuresMax, breakerFailureShare, breakerOpenMin, breakerOpenMax,
    ]
}
