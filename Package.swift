// swift-tools-version: 6.2

import PackageDescription

let features: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Set by scripts/fuzz: our modules then record which of their code an input reaches, are fast, and keep their assertions.
let isFuzzing = Context.environment["TAPEDECK_FUZZ"] != nil
let fuzzingFlags = ["-sanitize=fuzzer,address", "-O", "-assert-config", "Debug"]

let settings = features + (isFuzzing ? [.unsafeFlags(fuzzingFlags)] : [])

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "tapedeck",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Tapedeck", targets: ["Tapedeck"]),
        .executable(name: "tapedeck", targets: ["TapedeckMain"]),
        .executable(name: "dbn-dump", targets: ["DBNDump"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries: a module map and a shim header each.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        .target(name: "Locking", swiftSettings: settings),
        .target(name: "MarketData", swiftSettings: settings),
        .target(name: "Zstd", dependencies: ["CZstd"], swiftSettings: settings),
        .target(name: "DBN", dependencies: ["Zstd"], swiftSettings: settings),
        .target(
            name: "SQLDatabase",
            dependencies: [
                "CLibPQ", "Locking", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MarketStore",
            dependencies: ["Locking", "MarketData", "SQLDatabase", "Zstd", logging],
            swiftSettings: settings,
            plugins: ["EmbedMigrations"]
        ),
        .target(
            name: "Providers",
            dependencies: ["CCurl", "DBN", "Locking", "MarketData", logging, metrics],
            swiftSettings: settings
        ),
        .target(
            name: "Tapedeck",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", logging, metrics, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "TapedeckServer",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Tapedeck", httpTypes, hummingbird, hummingbirdCore,
                hummingbirdTLS,
                logging, metrics, nioCore, serviceLifecycle,
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Description/openapi.yaml")],
            swiftSettings: settings
        ),
        .target(
            name: "TapedeckCommand",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck", "TapedeckServer",
                logging, metrics, serviceLifecycle,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(name: "TapedeckMain", dependencies: ["TapedeckCommand"], swiftSettings: settings),
        .executableTarget(name: "DBNDump", dependencies: ["DBN"], swiftSettings: settings),

        // Compiles migrations/ into MarketStore.
        .plugin(
            name: "EmbedMigrations",
            capability: .buildTool(),
            dependencies: ["EmbedMigrationsTool"],
            path: "Sources/EmbedMigrations"
        ),
        .executableTarget(name: "EmbedMigrationsTool", swiftSettings: features),

        .target(
            name: "TestSupport",
            dependencies: ["Locking", "SQLDatabase", logging],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        // Counts the allocations of a read: scripts/read-allocations.
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .executableTarget(
            name: "ReadAllocations",
            dependencies: [
                "AllocationCounter", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck", logging,
            ],
            path: "Tests/ReadAllocations",
            swiftSettings: settings
        ),
        .testTarget(name: "MarketDataTests", dependencies: ["MarketData"], swiftSettings: settings),
        .testTarget(
            name: "DBNTests",
            dependencies: ["DBN", "Zstd"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(name: "ZstdTests", dependencies: ["Zstd"], swiftSettings: settings),
        .testTarget(
            name: "SQLDatabaseTests",
            dependencies: ["Locking", "SQLDatabase", "TestSupport", logging],
            swiftSettings: settings
        ),
        .testTarget(name: "EmbedMigrationsToolTests", dependencies: ["EmbedMigrationsTool"], swiftSettings: settings),
        .testTarget(
            name: "MarketStoreTests",
            dependencies: ["Locking", "MarketData", "MarketStore", "SQLDatabase", "TestSupport", "Zstd", logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["DBN", "Locking", "MarketData", "Providers", "TestSupport", logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TapedeckTests",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck", "TestSupport", logging,
                serviceLifecycle, .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TapedeckServerTests",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck", "TapedeckServer",
                "TestSupport", httpTypes, hummingbird, hummingbirdCore, hummingbirdTesting, logging, metrics, nioCore,
                serviceLifecycle,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TapedeckCommandTests",
            dependencies: [
                "Locking", "MarketData", "SQLDatabase", "TapedeckCommand", "TapedeckServer", "TestSupport", httpTypes,
                hummingbirdTesting, logging, nioCore,
            ],
            swiftSettings: settings
        ),
    ]
)

if isFuzzing {
    package.targets.append(
        .executableTarget(
            name: "Fuzzing",
            dependencies: [
                "DBN", "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck",
                "TapedeckCommand", "TapedeckServer", "Zstd", httpTypes, hummingbird, logging, nioCore,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Tests/Fuzzing",
            exclude: ["Seeds"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]
        )
    )
}

// scripts/bench asks for these; a plain build never builds them.
if Context.environment["TAPEDECK_BENCHMARKS"] != nil {
    package.targets += [
        .systemLibrary(name: "CMalloc", path: "Benchmarks/CMalloc"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CMalloc", "DBN", "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck",
                "TestSupport", "Zstd", httpTypes, hummingbird, hummingbirdCore, logging, nioCore,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/Program",
            swiftSettings: settings
        ),
    ]
}
