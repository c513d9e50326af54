/// Settings of what may be spent, and of what happens while the database is away.
extension ConfigurationKeys {
    static let budgetPerDay = ConfigurationKey(
        section: .spending,
        name: "budget-usd-per-day",
        environment: "TAPEDECK_BUDGET_USD_PER_DAY",
        fallback: "no limit",
        help: "The most that may be spent in a UTC day, by all workers on the database together."
    )
    static let budgetPerClient = ConfigurationKey(
        section: .spending,
        name: "budget-usd-per-day-per-client",
        environment: "TAPEDECK_BUDGET_USD_PER_DAY_PER_CLIENT",
        fallback: "no limit",
        help: "The most that may be spent in a UTC day for each client."
    )
    static let budgetOfClients = ConfigurationKey(
        section: .spending,
        name: "budget-usd-per-day-clients",
        environment: "TAPEDECK_BUDGET_USD_PER_DAY_CLIENTS",
        fallback: "none",
        help: "Limits of single clients in place of that one: name=usd, with commas."
    )
    static let databaseSlowAfter = ConfigurationKey(
        section: .database,
        name: "database-slow-after",
        environment: "TAPEDECK_DATABASE_SLOW_AFTER",
        fallback: "5s",
        help: "How long reading a series or writing a line of the ledger may take before the database counts as down."
    )
    static let databaseOutageGrace = ConfigurationKey(
        section: .database,
        name: "database-outage-grace",
        environment: "TAPEDECK_DATABASE_OUTAGE_GRACE",
        fallback: "3s",
        help: "How long after the beginning of an outage reads wait for the database before they do without it."
    )
    static let buyWithoutDatabase = ConfigurationKey(
        section: .database,
        name: "buy-without-database",
        environment: "TAPEDECK_BUY_WITHOUT_DATABASE",
        fallback: "true",
        help:
            "Whether to buy while the database takes no writes. A worker that has heard of others in the last 30 s does not; "
            + "where workers do not hear each other, let only one of them."
    )
    static let writeBehindRecordsMax = ConfigurationKey(
        section: .database,
        name: "write-behind-records-max",
        environment: "TAPEDECK_WRITE_BEHIND_RECORDS_MAX",
        fallback: "100000",
        help: "Records that may wait for a database that takes no writes; without room nothing more is bought."
    )
    static let writeBehindShutdownTimeout = ConfigurationKey(
        section: .database,
        name: "write-behind-shutdown-timeout",
        environment: "TAPEDECK_WRITE_BEHIND_SHUTDOWN_TIMEOUT",
        fallback: "10s",
        help: "How long a worker that is stopped tries to write what waits; the rest is lost and logged."
    )

    static let spending = [
        budgetPerDay, budgetPerClient, budgetOfClients, databaseSlowAfter, databaseOutageGrace,
        buyWithoutDatabase, writeBehindRecordsMax, writeBehindShutdownTimeout,
    ]
}
