import Locking
import MarketData
import Tapedeck
import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct HeldBarsRouteTests {
    @Test func whatMemoryHoldsIsAnsweredWithoutAskingFurther() async throws {
        let held = try SampleAnswers.barsAnswer(missing: [], isStale: false, tier: .memory, age: .zero)
        let cache = ScriptedCache(ScriptedCache.Script(heldBars: { _ in held }))

        let answer = try await TestWorker(cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2")

        #expect(answer.status == .ok)
        #expect(answer.header("X-Tapedeck-Tier") == "memory")
        #expect(cache.asked.bars.isEmpty)
    }

    @Test func heldBarsComeInTheAskedFormat() async throws {
        let held = try SampleAnswers.barsAnswer(missing: [], isStale: false, tier: .memory, age: .zero)
        let cache = ScriptedCache(ScriptedCache.Script(heldBars: { _ in held }))

        let answer = try await TestWorker(cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=2&format=csv")

        #expect(answer.header("Content-Type") == "text/csv; charset=utf-8; header=present")
    }

    @Test(arguments: ["start=2000-01-05&end=2026-03-31", "last=2&explain=true"])
    func whatIsStreamedOrNoBarsIsNotAnsweredAtOnce(_ span: String) async throws {
        let asked = Locked(0)
        let cache = ScriptedCache(
            ScriptedCache.Script(heldBars: { _ in
                asked.withLock { $0 += 1 }
                return nil
            })
        )

        _ = try await TestWorker(cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&\(span)")

        #expect(asked.withLock { $0 } == 0)
    }

    @Test func wrongParametersAreRefusedAsEver() async throws {
        let held = try SampleAnswers.barsAnswer(missing: [], isStale: false, tier: .memory, age: .zero)
        let cache = ScriptedCache(ScriptedCache.Script(heldBars: { _ in held }))

        let answer = try await TestWorker(cache).ask("/v1/bars?symbol=ES.c.0&timeframe=1h&last=0")

        #expect(answer.status == .badRequest)
    }
}
