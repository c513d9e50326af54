import Foundation
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct ArgumentsTests {
    private static let commands = [
        "serve", "bars", "quote", "price", "coverage", "explain", "migrate", "stats", "cleanup", "ledger",
    ]

    @Test func withoutACommandTheProgramSaysWhatThereIs() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run([], folder: folder.path)

            #expect(outcome.exitCode == 0)
            for command in Self.commands { #expect(outcome.output.contains("  \(command) ")) }
        }
    }

    @Test func versionIsPrinted() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(["--version"], folder: folder.path)

            #expect(outcome.exitCode == 0)
            #expect(outcome.output == Version.current + "\n")
        }
    }

    @Test(arguments: Self.commands)
    func helpTeachesByExample(command: String) async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run([command, "--help"], folder: folder.path)

            #expect(outcome.exitCode == 0)
            #expect(outcome.output.contains("OVERVIEW: "))
            #expect(outcome.output.contains("  tapedeck \(command)") || outcome.output.contains(" tapedeck \(command)"))
            #expect(outcome.output.contains("--database"))
            #expect(outcome.output.contains("--config"))
        }
    }

    @Test func helpOfServeListsAllSettings() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(["help", "serve"], folder: folder.path)

            for key in ConfigurationKeys.all { #expect(outcome.output.contains(key.environment)) }
        }
    }

    @Test(
        arguments: [
            (["sell"], "sell"), (["bars"], "symbol"), (["bars", "ES.c.0", "1h"], "--last"),
            (["bars", "ES.c.0", "1h", "--last", "0"], "100000"),
            (["bars", "ES.c.0", "1h", "--last", "5", "--start", "1"], "both"),
            (["bars", "ES.c.0", "1h", "--last", "5", "--csv", "--json"], "both"),
            (["bars", "ES.c.0", "1x", "--last", "5"], "'1x'"), (["bars", "ES.c.0", "1h", "--start", "soon"], "'soon'"),
            (["bars", "ES.c.0", "1h", "--last", "5", "--stype-in", "parent"], "'parent'"),
            (["bars", "ES.c.0", "1h", "--start", "2026-01-06", "--end", "2026-01-05"], "not after"),
            (["price", "ES.c.0", "--max-age", "5"], "'5'"), (["ledger", "--limit", "0"], "10000"),
            (["ledger", "--provider", "a/b/c"], "a/b/c"), (["serve", "--admin-token", "x"], "--admin-token"),
            (["serve", "--port", "http"], "'http'"), (["serve", "--database", "mysql://x"], "database"),
            (["quote", "ES.c.0", "--provider", "databento/GLBX.MDP3"], "DATABENTO_API_KEY"),
        ] as [([String], String)]
    )
    func wrongArgumentsAreNamedAndExitWith64(arguments: [String], part: String) async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(arguments, folder: folder.path)

            #expect(outcome.exitCode == 64)
            #expect(outcome.errors.contains(part))
            #expect(outcome.output.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test func anUnknownSettingStopsTheProgramInOneLine() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(
                ["stats"],
                environment: ["TAPEDECK_BARS_MAXX": "5"],
                folder: folder.path
            )

            #expect(outcome.exitCode == 64)
            #expect(outcome.errors.hasPrefix("tapedeck: TAPEDECK_BARS_MAXX"))
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
    }

    @Test(arguments: ["0.0.0.0", "::"])
    func listeningForOthersWithoutTokensIsRefusedBeforeAnythingIsChanged(host: String) async throws {
        try await TemporaryFolder.with { folder in
            for environment in [[:], ["TAPEDECK_ADMIN_TOKEN": "s3cret"], ["TAPEDECK_TOKENS": "a=s3cret"]] {
                let outcome = try await ChildProgram.run(
                    ["serve", "--host", host, "--port", "0"],
                    environment: environment,
                    folder: folder.path
                )

                #expect(outcome.exitCode == 64)
                #expect(outcome.errors.contains("'\(host)'"))
                #expect(outcome.errors.contains("TAPEDECK_TOKENS") || outcome.errors.contains("TAPEDECK_ADMIN_TOKEN"))
                #expect(!outcome.errors.contains("s3cret"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            }
        }
    }

    @Test func aDatabaseThatCannotBeOpenedIsAFailureWithoutItsPassword() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(
                ["stats"],
                environment: [
                    "DATABASE_URL": "postgres://user:hunter2@127.0.0.1:1/db", "TAPEDECK_LOG_LEVEL": "trace",
                ],
                folder: folder.path
            )

            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.contains("tapedeck: database: "))
            #expect(!outcome.errors.contains("hunter2"))
        }
    }
}
