import Locking
import MarketData
import Providers
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct ProviderRegistryTests {
    private func registry(providersMax: Int, made: Locked<Int> = Locked(0)) throws -> ProviderRegistry {
        ProviderRegistry(
            preferred: [],
            factories: [
                "simulated": { id in
                    made.withLock { $0 += 1 }
                    if id.dataset == "BAD" { throw ProviderError(.badRequest, "no such dataset") }
                    var configuration = SimulatedProvider.Configuration()
                    configuration.id = id
                    return try SimulatedProvider(
                        configuration: configuration,
                        clock: ManualClock(),
                        wallClock: { .earliest }
                    )
                }
            ],
            providersMax: providersMax
        )
    }

    @Test func providerOfEachDatasetIsMadeOnce() throws {
        let made = Locked(0)
        let registry = try self.registry(providersMax: 4, made: made)
        for _ in 0..<3 {
            for name in ["simulated/A", "simulated/B"] {
                let id = try ProviderID(parsing: name)
                #expect(try registry.provider(id).id == id)
            }
        }
        #expect(made.withLock { $0 } == 2)
    }

    @Test(arguments: [
        ("elsewhere", "use one of simulated"), ("simulated/BAD", "no such dataset"),
        ("simulated/C", "one more than the 2"),
    ])
    func providerThatCannotBeUsedIsRefusedByName(_ name: String, _ reason: String) throws {
        let registry = try self.registry(providersMax: 2)
        for name in ["simulated/A", "simulated/B"] { _ = try registry.provider(ProviderID(parsing: name)) }

        #expect {
            try registry.provider(ProviderID(parsing: name))
        } throws: { error in
            guard let error = error as? TapedeckError else { return false }
            return error.code == .invalidRequest && error.parameter == "provider" && error.message.contains(reason)
        }
    }
}
