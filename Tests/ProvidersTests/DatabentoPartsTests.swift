import Logging
import MarketData
import TestSupport
import Testing

@testable import Providers

@Suite struct DatabentoPartsTests {
    @Test(arguments: [
        ("ESZ6", "raw_symbol", "ESZ6", "ESZ6"),
        ("ES.c.0", "continuous", "ES.c.0", "ES.c.0"),
        ("es.C.12", "continuous", "ES.c.12", "ES.c.12"),
        ("CL.n.1", "continuous", "CL.n.1", "CL.n.1"),
        ("BRK.B", "raw_symbol", "BRK.B", "BRK.B"),
        ("ES.x.0", "raw_symbol", "ES.x.0", "ES.x.0"),
        ("ES.c.00", "raw_symbol", "ES.c.00", "ES.c.00"),
        ("UD:1V: BO 2864311", "raw_symbol", "UD:1V: BO 2864311", "UD:1V: BO 2864311"),
        ("instrument_id:5482", "instrument_id", "5482", "instrument_id:5482"),
        ("raw_symbol:ES.c.0", "raw_symbol", "ES.c.0", "raw_symbol:ES.c.0"),
        ("RAW_SYMBOL:ESZ6", "raw_symbol", "ESZ6", "ESZ6"),
        ("continuous:es.v.0", "continuous", "ES.v.0", "ES.v.0"),
    ])
    func theShapeOfASymbolSaysHowItIsMeantUnlessAPrefixDoes(
        text: String,
        stype: String,
        name: String,
        canonical: String
    ) throws {
        let symbol = try DatabentoSymbol(parsing: text)

        #expect(symbol.stype == stype)
        #expect(symbol.name == name)
        #expect(symbol.description == canonical)
        #expect(try DatabentoSymbol(parsing: canonical) == symbol)
    }

    @Test(arguments: [
        "ESZ6,ESH6", "ALL_SYMBOLS", "raw_symbol:", "instrument_id:x", "instrument_id:-1", "continuous:ESZ6",
    ])
    func aSymbolThatIsNotOneInstrumentIsRefused(text: String) {
        let error = #expect(throws: ProviderError.self) { try DatabentoSymbol(parsing: text) }

        #expect(error?.code == .symbolUnknown)
    }

    @Test(arguments: ["", " ", "db key", "db-\n", "db-ü", String(repeating: "x", count: 129)])
    func aKeyThatIsNoneIsRefusedWithoutBeingShown(text: String) {
        let error = #expect(throws: ProviderError.self) { try DatabentoKey(text) }

        #expect(error?.code == .badRequest)
        if text.count > 3 { #expect(error?.message.contains(text) == false) }
    }

    @Test func aKeyShowsItselfNowhere() throws {
        let key = try DatabentoKey("db-secret")
        let configuration = DatabentoHistorical.Configuration(dataset: "GLBX.MDP3", key: key)
        var dumped = ""
        dump(configuration, to: &dumped)

        for text in ["\(key)", String(reflecting: key), "\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("secret"))
        }
        #expect(key.redacted("say db-secret twice: db-secret") == "say [key] twice: [key]")
    }

    @Test func everythingButUnreservedCharactersIsEncodedInAForm() {
        #expect(
            formEncoded([("symbols", "ESM4 P5230&x=é+"), ("a", "b-._~")])
                == "symbols=ESM4%20P5230%26x%3D%C3%A9%2B&a=b-._~"
        )
    }

    @Test func waitsLieBetweenHalfAndTheWholeOfAStepThatDoublesToItsLimit() {
        let backoff = Backoff(base: .seconds(1), pauseMax: .seconds(5), retryAfterMax: .seconds(60))

        #expect(backoff.pause(afterFailures: 1, retryAfter: nil, draw: 0) == .milliseconds(500))
        #expect(backoff.pause(afterFailures: 2, retryAfter: nil, draw: 0.5) == .milliseconds(1_500))
        #expect(backoff.pause(afterFailures: 60, retryAfter: nil, draw: 0) == .milliseconds(2_500))
        #expect(backoff.pause(afterFailures: 1, retryAfter: .seconds(60), draw: 0) == .seconds(60))
        #expect(backoff.pause(afterFailures: 1, retryAfter: .milliseconds(1), draw: 0) == .milliseconds(500))
        #expect(backoff.pause(afterFailures: 1, retryAfter: .seconds(61), draw: 0) == nil)
    }

    @Test func aSettingOutOfBoundsIsNamed() throws {
        func error(_ change: (inout DatabentoHistorical.Configuration) -> Void) throws -> String? {
            var configuration = DatabentoHistorical.Configuration(dataset: "GLBX.MDP3", key: try DatabentoKey("db-x"))
            change(&configuration)
            let error = #expect(throws: ProviderError.self) {
                try DatabentoHistorical(configuration, logger: Logger(label: "test"))
            }
            #expect(error?.code == .badRequest)
            return error?.message
        }

        #expect(try error { $0.attemptsMax = 0 }?.contains("attemptsMax") == true)
        #expect(try error { $0.pieceRecordsMax = 0 }?.contains("pieceRecordsMax") == true)
        #expect(try error { $0.stallTimeout = .milliseconds(10) }?.contains("stallTimeout") == true)
        #expect(try error { $0.baseURL = "hist.databento.com" }?.contains("https://") == true)
        #expect(try error { $0.baseURL = "https://user:pw@host" }?.contains("pw") == false)
        #expect(try error { $0.settlingMargins[.oneDay] = .seconds(-1) }?.contains("margin") == true)
        #expect(
            try error { $0.latestWindows = [.init(schema: "trades", length: .seconds(1))] }?.contains("window") == true
        )
        #expect(try error { $0.dataset = "not/a/dataset" }?.contains("provider") == true)
    }

    @Test func aValueIsAskedForOnceInItsLifetime() async throws {
        let clock = ImmediateClock()
        let memory = Remembered<Int>(for: .seconds(10), clock: ElapsedClock(clock))

        #expect(try await memory.value { 1 } == 1)
        #expect(try await memory.value { 2 } == 1)
        memory.update { $0 += 5 }
        #expect(try await memory.value { 2 } == 6)
        clock.advance(by: .seconds(10))
        #expect(try await memory.value { 3 } == 3)
    }

    @Test func aFailureIsRememberedForASecondOnly() async throws {
        struct Failure: Error {}
        let clock = ImmediateClock()
        let memory = Remembered<Int>(for: .seconds(10), clock: ElapsedClock(clock))

        await #expect(throws: Failure.self) { _ = try await memory.value { throw Failure() } }
        await #expect(throws: Failure.self) { _ = try await memory.value { 1 } }
        clock.advance(by: .seconds(1))

        #expect(try await memory.value { 1 } == 1)
    }

    @Test func oneTaskAtATimePassesTheGateAndACancelledWaiterLeaves() async throws {
        let gate = TaskGate()
        let clock = ManualClock()
        let first = Task { try await gate.withTurn { try await clock.sleep(for: .seconds(1)) } }
        await clock.sleepers(atLeast: 1)
        let second = Task { try await gate.withTurn { "second" } }
        let third = Task { try await gate.withTurn { "third" } }

        second.cancel()
        await #expect(throws: CancellationError.self) { _ = try await second.value }
        clock.advance(by: .seconds(1))

        try await first.value
        #expect(try await third.value == "third")
    }
}
