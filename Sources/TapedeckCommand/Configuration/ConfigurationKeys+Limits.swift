extension ConfigurationKeys {
    /// How much a worker takes on.
    static let limits: [ConfigurationKey] = [
        requestsMax, clientRequestsMax, clientRateMax, clientBurstMax, clientsMax, targetBytesMax, headerBytesMax,
        headerFieldsMax, bodyBytesMax, answerBarsMax, rangePeriodsMax,
    ]

    static let requestsMax = ConfigurationKey(
        section: .limits,
        name: "requests-max",
        environment: "TAPEDECK_REQUESTS_MAX",
        fallback: "500",
        help: "Requests under way at once at most; one more is refused with 503."
    )
    static let clientRequestsMax = ConfigurationKey(
        section: .limits,
        name: "client-requests-max",
        environment: "TAPEDECK_CLIENT_REQUESTS_MAX",
        fallback: "100",
        help: "Requests of one client under way at once at most; one more is refused with 429."
    )
    static let clientRateMax = ConfigurationKey(
        section: .limits,
        name: "client-rate-max",
        environment: "TAPEDECK_CLIENT_RATE_MAX",
        fallback: "5000",
        help: "Requests a second of one client at most, in the long run; more are refused with 429."
    )
    static let clientBurstMax = ConfigurationKey(
        section: .limits,
        name: "client-burst-max",
        environment: "TAPEDECK_CLIENT_BURST_MAX",
        fallback: "10000",
        help: "Requests of one client that may come at once after a pause."
    )
    static let clientsMax = ConfigurationKey(
        section: .limits,
        name: "clients-max",
        environment: "TAPEDECK_CLIENTS_MAX",
        fallback: "10000",
        help: "Clients that are told apart; further ones share one allowance."
    )
    static let targetBytesMax = ConfigurationKey(
        section: .limits,
        name: "target-bytes-max",
        environment: "TAPEDECK_TARGET_BYTES_MAX",
        fallback: "8192",
        help: "Bytes of a request's path and query at most; more is refused with 414."
    )
    static let headerBytesMax = ConfigurationKey(
        section: .limits,
        name: "header-bytes-max",
        environment: "TAPEDECK_HEADER_BYTES_MAX",
        fallback: "32768",
        help: "Bytes of a request's header fields at most; more is refused with 400."
    )
    static let headerFieldsMax = ConfigurationKey(
        section: .limits,
        name: "header-fields-max",
        environment: "TAPEDECK_HEADER_FIELDS_MAX",
        fallback: "100",
        help: "Header fields of a request at most; more are refused with 400."
    )
    static let bodyBytesMax = ConfigurationKey(
        section: .limits,
        name: "body-bytes-max",
        environment: "TAPEDECK_BODY_BYTES_MAX",
        fallback: "65536",
        help: "Bytes of a request's body at most (no route uses one); more is refused with 413."
    )
    static let answerBarsMax = ConfigurationKey(
        section: .limits,
        name: "answer-bars-max",
        environment: "TAPEDECK_ANSWER_BARS_MAX",
        fallback: "100000",
        help: "The most that last may ask for, and quotes in one answer at most."
    )
    static let rangePeriodsMax = ConfigurationKey(
        section: .limits,
        name: "range-periods-max",
        environment: "TAPEDECK_RANGE_PERIODS_MAX",
        fallback: "100000000",
        help: "Periods of a range of bars at most; a longer one is refused with 400."
    )
}
