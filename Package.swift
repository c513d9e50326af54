// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "tapedeck",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Tapedeck", targets: ["Tapedeck"]),
        .executable(name: "tapedeck", targets: ["TapedeckCommand"]),
        .executable(name: "dbn-dump", targets: ["DBNDump"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
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
        .target(name: "DBN", dependencies: ["CZstd"], swiftSettings: settings),
        .executableTarget(name: "DBNDump", dependencies: ["DBN"], swiftSettings: settings),
        .target(
            name: "SQLDatabase",
            dependencies: [
                "CLibPQ", "Locking",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MarketStore",
            dependencies: ["MarketData", "SQLDatabase", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings,
            plugins: ["EmbedMigrations"]
        ),
        .target(
            name: "Providers",
            dependencies: ["CCurl", "DBN", "Locking", "MarketData", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "Tapedeck",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "TapedeckServer",
            dependencies: [
                "Locking", "MarketData", "Tapedeck",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "TapedeckCommand",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck", "TapedeckServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),

        // Compiles migrations/ into MarketStore.
        .plugin(
            name: "EmbedMigrations",
            capability: .buildTool(),
            dependencies: ["EmbedMigrationsTool"],
            path: "Sources/EmbedMigrations"
        ),
        .executableTarget(name: "EmbedMigrationsTool", swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: ["Locking", "SQLDatabase", .product(name: "Logging", package: "swift-log")],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .testTarget(name: "MarketDataTests", dependencies: ["MarketData"], swiftSettings: settings),
        .testTarget(
            name: "DBNTests",
            dependencies: ["DBN"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SQLDatabaseTests",
            dependencies: ["Locking", "SQLDatabase", "TestSupport", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .testTarget(name: "EmbedMigrationsToolTests", dependencies: ["EmbedMigrationsTool"], swiftSettings: settings),
        .testTarget(
            name: "MarketStoreTests",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "SQLDatabase", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ProvidersTests",
            dependencies: [
                "DBN", "Locking", "MarketData", "Providers", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TapedeckTests",
            dependencies: [
                "Locking", "MarketData", "MarketStore", "Providers", "SQLDatabase", "Tapedeck", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TapedeckServerTests",
            dependencies: [
                "Locking", "MarketData", "Providers", "Tapedeck", "TapedeckServer", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
    ]
)
