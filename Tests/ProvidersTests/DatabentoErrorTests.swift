import Foundation
import Locking
import Logging
import MarketData
import TestSupport
import Testing

@testable import Providers

@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct DatabentoErrorTests {
    @Test func aWrongKeyIsNamedAsTheReasonAndNeverShown() async throws {
        let key = "db-wrong0000000000000000000000AB"
        let records = LogRecords()
        try await VendorStandIn.with { standIn in
            let logger = Logger(label: "test") { _ in records.handler }
            let (provider, _) = try DatabentoFixture.provider(for: standIn, key: key, logger: logger)
            let series = try Series(provider: provider.id, symbol: "ESH6", timeframe: .oneMinute)

            let error = try await providerError { try await provider.availability(of: series) }

            let shown =
                "\(String(describing: error)) \(String(reflecting: error)) \(records.text) \(provider.configuration)"
            #expect(error?.code == .unauthorized)
            #expect(error?.message.hasPrefix("Databento refused the API key (401)") == true)
            #expect(!shown.contains(key))
            #expect(!shown.contains("ZGItd3Jvbmcw"))
            provider.close()
        }
    }

    @Test func aKeyThatTheServerRepeatsIsTakenOutOfErrorsAndLogs() async throws {
        let records = LogRecords()
        try await VendorStandIn.with { standIn in
            let logger = Logger(label: "test") { _ in records.handler }
            let (provider, _) = try DatabentoFixture.provider(for: standIn, logger: logger)
            let series = try Series(provider: provider.id, symbol: "ESH6", timeframe: .oneMinute)
            let message = "your key \(VendorStandIn.key) is odd"
            try await standIn.post(
                "faults",
                #"{"endpoint":"*","status":503,"message":"\#(message)","count":-1,"headers":{"X-Warning":"\#(message)"}}"#
            )

            let error = try await providerError { try await provider.availability(of: series) }

            #expect(error?.message.contains("[key]") == true)
            #expect(error?.message.contains(VendorStandIn.key) == false)
            #expect(!records.text.isEmpty)
            #expect(!records.text.contains(VendorStandIn.key))
            provider.close()
        }
    }

    @Test(arguments: [
        (#"{"status":400,"message":"Invalid start"}"#, ProviderError.Code.badRequest, "Invalid start"),
        (#"{"status":401,"message":"no","case":"auth_authentication_failed"}"#, .unauthorized, "API key"),
        (#"{"status":402,"message":"pay","case":"account_insufficient_funds"}"#, .outOfCredit, "out of credit"),
        (
            #"{"status":403,"message":"no licence","case":"license_not_found_unauthorized"}"#, .forbidden,
            "no licence for"
        ),
        (#"{"status":404,"message":"no such thing"}"#, .badRequest, "no such thing"),
        (#"{"status":408,"message":"slow"}"#, .timedOut, "slow"),
        (#"{"status":422,"message":"odd","case":"data_start_before_available_start"}"#, .badRequest, "odd"),
        (#"{"status":422,"body":"{\"detail\":[{\"loc\":[\"body\",3],\"msg\":\"bad\"}]}"}"#, .badRequest, "body.3: bad"),
        (#"{"status":429,"message":"slow down"}"#, .rateLimited, "slow down"),
        (#"{"status":500,"body":"plain text","content_type":"text/plain"}"#, .unavailable, "plain text"),
        (#"{"status":500,"body":"null"}"#, .unavailable, "500"),
        (#"{"status":500,"body":""}"#, .unavailable, "500"),
        (#"{"status":503,"message":"down"}"#, .unavailable, "down"),
        (#"{"status":504,"message":"gateway"}"#, .unavailable, "gateway"),
        (#"{"status":302,"body":"moved"}"#, .unavailable, "302"),
        (#"{"status":418,"body":"teapot"}"#, .badRequest, "teapot"),
    ])
    func refusalsAreMappedToClearErrors(fault: String, code: ProviderError.Code, text: String) async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 1
        } _: { fixture in
            try await fixture.standIn.post("faults", fault)

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            }

            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(String(describing: error))")
            #expect(error?.message.contains("[request ") == true)
        }
    }

    @Test(arguments: [
        #"{"case":"data_start_after_available_end","payload":{"available_end":"2026-01-12T00:00:00.000000000Z"}}"#,
        #"{"case":"dataset_unavailable_range","message":"try again with an end before 2026-01-12T00:00:00.000000000Z."}"#,
    ])
    func theEndOfWhatIsSoldIsReadFromPayloadOrText(fault: String) async throws {
        try await DatabentoFixture.with { fixture in
            try await fixture.standIn.post("faults", #"{"status":422,"# + fault.dropFirst())

            let error = try await providerError {
                try await fixture.fetch("ESH6", .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            }

            #expect(error?.code == .notAvailableYet)
            #expect(error?.availableEnd == (try Timestamp(parsing: "2026-01-12T00:00:00Z")))
        }
    }

    @Test(arguments: ["NOPE", "ZZ.c.0", "instrument_id:99"])
    func aSymbolThatNobodyKnowsIsNamed(symbol: String) async throws {
        try await DatabentoFixture.with { fixture in
            let bars = try await providerError {
                try await fixture.fetch(symbol, .oneMinute, "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z")
            }
            let quote = try await providerError {
                try await fixture.provider.fetchLatest(symbol: symbol, requestID: "r")
            }

            for error in [bars, quote] {
                #expect(error?.code == .symbolUnknown)
                #expect(error?.message.contains(symbol) == true)
            }
        }
    }

    @Test func aSelfSignedCertificateIsRefused() async throws {
        try await TemporaryFolder.with { folder in
            let (certificate, key) = try Certificate.make(in: folder)
            try await VendorStandIn.with(["--tls", certificate, key]) { standIn in
                let (stranger, _) = try DatabentoFixture.provider(for: standIn) { $0.attemptsMax = 1 }
                let (friend, _) = try DatabentoFixture.provider(for: standIn) {
                    $0.certificateAuthorityFile = certificate
                }
                let series = try Series(provider: stranger.id, symbol: "ESH6", timeframe: .oneMinute)

                let error = try await providerError { try await stranger.availability(of: series) }
                let availability = try await friend.availability(of: series)

                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("certificate") == true, "\(String(describing: error))")
                #expect(availability.end == (try Timestamp(parsing: "2026-01-14T15:30:30Z")))
                stranger.close()
                friend.close()
            }
        }
    }

    @Test func aServerThatIsNotThereIsUnavailable() async throws {
        let series = try Series(
            provider: ProviderID(parsing: "databento/GLBX.MDP3"),
            symbol: "ESH6",
            timeframe: .oneMinute
        )
        let (port, _) = try await VendorStandIn.with { ($0.port, 0) }
        var configuration = DatabentoHistorical.Configuration(
            dataset: "GLBX.MDP3",
            key: try DatabentoKey(VendorStandIn.key)
        )
        // Nobody listens there any more.
        configuration.baseURL = "http://127.0.0.1:\(port)"
        configuration.attemptsMax = 2
        let clock = ImmediateClock()
        let provider = try DatabentoHistorical(configuration, clock: clock, logger: Logger(label: "test"))

        let error = try await providerError { try await provider.availability(of: series) }

        #expect(error?.code == .unavailable)
        #expect(clock.sleeps.count == 1)
        provider.close()
    }

    @Test func aClosedProviderIsUnavailable() async throws {
        try await DatabentoFixture.with {
            $0.attemptsMax = 1
        } _: { fixture in
            let series = try fixture.series("ESH6", .oneMinute)
            _ = try await fixture.provider.availability(of: series)
            fixture.provider.close()
            fixture.clock.advance(by: .seconds(60))

            let error = try await providerError { try await fixture.provider.availability(of: series) }

            #expect(error?.code == .unavailable)
        }
    }
}
