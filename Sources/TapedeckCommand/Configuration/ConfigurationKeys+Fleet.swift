/// Settings of several workers that share a database.
extension ConfigurationKeys {
    static let fleet: [ConfigurationKey] = [
        listenDatabase, listenDatabaseFile, warming, warmingBarsMax, comparingInterval,
    ]

    static let listenDatabase = ConfigurationKey(
        section: .fleet,
        name: "listen-database",
        environment: "TAPEDECK_LISTEN_DATABASE_URL",
        isAllowedInFile: false,
        fallback: "the database's own address",
        help:
            "The same Postgres database reached directly, for notices, where DATABASE_URL leads through a pooler; or none, "
            + "to look for changes at an interval."
    )
    static let listenDatabaseFile = ConfigurationKey(
        section: .fleet,
        name: "listen-database-file",
        environment: "TAPEDECK_LISTEN_DATABASE_URL_FILE",
        fallback: "none",
        help: "A file that holds that address."
    )
    static let warming = ConfigurationKey(
        section: .fleet,
        name: "warming",
        environment: "TAPEDECK_WARMING",
        fallback: "all",
        help:
            "What is brought into memory when another worker has stored something: all, held (series that are held or were "
            + "asked for lately) or none (what has changed is forgotten)."
    )
    static let warmingBarsMax = ConfigurationKey(
        section: .fleet,
        name: "warming-bars-max",
        environment: "TAPEDECK_WARMING_BARS_MAX",
        fallback: "2000",
        help: "Bars that one notice brings into memory at most, the newest first."
    )
    static let comparingInterval = ConfigurationKey(
        section: .fleet,
        name: "comparing-interval",
        environment: "TAPEDECK_COMPARING_INTERVAL",
        fallback: "250ms",
        help: "How often memory is compared with the database while no notices are heard."
    )
}
