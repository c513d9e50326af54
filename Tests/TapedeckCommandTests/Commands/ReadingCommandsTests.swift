import Foundation
import Logging
import SQLDatabase
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct ReadingCommandsTests {
    private let day = ["--start", "2025-01-06", "--end", "2025-01-07"]

    @Test func barsAreATableOrCommaSeparated() async throws {
        try await TemporaryFolder.with { folder in
            let table = try await ChildProgram.run(["bars", "es.c.0", "1h"] + self.day, folder: folder.path)
            let csv = try await ChildProgram.run(["bars", "ES.c.0", "1h", "--csv"] + self.day, folder: folder.path)

            #expect(table.exitCode == 0)
            let lines = table.output.split(separator: "\n")
            #expect(
                lines.first?.split(separator: " ") == ["time", "open", "high", "low", "close", "volume", "revision"]
            )
            #expect(lines.count == csv.output.split(separator: "\n").count)
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("2025-01-06T") && $0.contains(" final ") })
            #expect(csv.output.hasPrefix("t,o,h,l,c,v,final,rev\n2025-01-06T"))
        }
    }

    @Test func whatIsMissingIsToldOnStandardError() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(
                ["bars", "ES.c.0", "1d", "--start", "2010-01-01", "--end", "2010-06-08"],
                folder: folder.path
            )

            #expect(outcome.exitCode == 0)
            #expect(outcome.errors.contains("tapedeck: missing 2010-01-01T00:00:00Z"))
            #expect(outcome.errors.contains("beforeProviderStart"))
        }
    }

    @Test func quoteAndPricePrintFieldsOrJSON() async throws {
        try await TemporaryFolder.with { folder in
            let quote = try await ChildProgram.run(["quote", "ES.c.0"], folder: folder.path)
            let price = try await ChildProgram.run(["price", "ES.c.0", "--max-age", "30d"], folder: folder.path)
            let json = try await ChildProgram.run(["quote", "ES.c.0", "--json"], folder: folder.path)

            #expect(quote.exitCode == 0 && price.exitCode == 0 && json.exitCode == 0)
            for name in ["symbol", "bid", "ask", "spread", "age", "stale"] {
                #expect(quote.output.contains("\n\(name) ") || quote.output.hasPrefix("\(name) "))
            }
            #expect(price.output.contains("\nprice "))
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(object?["bid"] is Double)
        }
    }

    @Test func explainBuysNothingAndTheLedgerShowsWhatBarsBought() async throws {
        try await TemporaryFolder.with { folder in
            let explained = try await ChildProgram.run(["explain", "ES.c.0", "4h"] + self.day, folder: folder.path)
            let empty = try await ChildProgram.run(["ledger", "--json"], folder: folder.path)
            _ = try await ChildProgram.run(["bars", "ES.c.0", "4h"] + self.day, folder: folder.path)
            let ledger = try await ChildProgram.run(["ledger"], folder: folder.path)
            let totals = try await ChildProgram.run(["ledger", "--totals", "--json"], folder: folder.path)
            let other = try await ChildProgram.run(["ledger", "--client", "alpha", "--json"], folder: folder.path)

            #expect(explained.output.contains("simulated ES.c.0 4h, made from simulated ES.c.0 1h"))
            #expect(explained.output.contains("provider"))
            #expect(explained.output.contains("Buying would bring "))
            #expect(empty.output == "[]\n")
            #expect(ledger.output.contains("ES.c.0 1h bars"))
            #expect(ledger.output.contains("command-line"))
            let days = try JSONSerialization.jsonObject(with: Data(totals.output.utf8)) as? [[String: Any]]
            #expect(days?.first?["purchases"] as? Int == 1)
            #expect(other.output == "[]\n")
        }
    }

    @Test func anUnknownSymbolIsAFailureInOneLine() async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await ChildProgram.run(["quote", "UNKNOWN1"], folder: folder.path)

            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.hasPrefix("tapedeck: "))
            #expect(outcome.errors.contains("UNKNOWN1"))
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func migrateShowsAndAppliesWhatIsPending() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await ChildProgram.run(["migrate", "--status", "--json"], folder: folder.path)
            let applied = try await ChildProgram.run(["migrate"], folder: folder.path)
            let after = try await ChildProgram.run(["migrate", "--status"], folder: folder.path)

            #expect(before.output.hasPrefix(#"{"current":false,"applied_now":[],"applied":[],"pending":["0001_"#))
            #expect(applied.output.contains("applied now"))
            #expect(after.output.contains("applied"))
            #expect(!after.output.contains("not applied"))
        }
    }

    @Test func statsAndCleanupAnswerOnAnEmptyDatabase() async throws {
        try await TemporaryFolder.with { folder in
            let stats = try await ChildProgram.run(["stats", "--json"], folder: folder.path)
            let cleanup = try await ChildProgram.run(["cleanup", "--json"], folder: folder.path)

            let object = try JSONSerialization.jsonObject(with: Data(stats.output.utf8)) as? [String: Any]
            #expect(object?["symbols"] as? Int == 0)
            #expect(
                (object?["tables"] as? [[String: Any]])?.contains { $0["table"] as? String == "bars_cache" } == true
            )
            #expect(
                cleanup.output
                    == "{\"memory_bars_removed\":0,\"memory_quotes_removed\":0,\"database_rows_removed\":0}\n"
            )
        }
    }

    @Test func aDatabaseOfAnotherProgramIsLeftAlone() async throws {
        try await TemporaryFolder.with { folder in
            _ = try await ChildProgram.run(["migrate"], folder: folder.path)
            // As if the tables had been made by a program with other migrations.
            let database = try await Database.connect("sqlite:\(folder.path)/data/market-cache.db", logger: .silent)
            _ = try await database.write { try $0.execute("UPDATE schema_migrations SET checksum = 'other'") }
            await database.close()

            let outcome = try await ChildProgram.run(["stats"], folder: folder.path)

            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.hasPrefix("tapedeck: database: "))
        }
    }
}
