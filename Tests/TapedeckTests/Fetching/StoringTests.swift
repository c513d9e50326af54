import Locking
import SQLDatabase
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct StoringTests {
    @Test func writeIsRepeatedWhileThatCanHelp() async throws {
        var settings = try World.Settings()
        settings.cache.storeBackoff = .milliseconds(50) ... .seconds(2)
        try await World.with(.sqliteMemory, settings) { world in
            await world.sleepers(atLeast: 2)  // the check for changed days, and for long waits
            let attempts = Locked(0)
            async let value = world.cache.core.storing {
                let attempt = attempts.withLock { count in
                    count += 1
                    return count
                }
                if attempt < 3 { throw SQLError(.busy, "another writer") }
                return attempt
            }
            for wait in [Duration.milliseconds(50), .milliseconds(100)] {
                await world.sleepers(atLeast: 3)
                world.advance(wait)
            }

            let stored = try await value
            #expect(stored == 3)
        }
    }

    @Test func hopelessWriteIsNotRepeatedAndOthersOnlySoOften() async throws {
        var settings = try World.Settings()
        settings.cache.storeAttemptsMax = 2
        try await World.with(.sqliteMemory, settings) { world in
            for (code, expected) in [(SQLError.Code.diskFull, 1), (.connectionLost, 2)] {
                let attempts = Locked(0)
                await #expect(throws: SQLError.self) {
                    try await world.cache.core.storing {
                        attempts.withLock { $0 += 1 }
                        throw SQLError(code, "no")
                    }
                }
                #expect(attempts.withLock { $0 } == expected)
            }
        }
    }
}
