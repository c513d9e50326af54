import MarketData
import Testing

@testable import Tapedeck

@Suite struct QuoteMemoryTests {
    private func key(_ symbol: String) throws -> LatestKey {
        LatestKey(provider: try ProviderID(parsing: "scripted"), symbol: symbol)
    }

    private func latest(_ tick: Int64) -> HeldLatest {
        HeldLatest(quote: nil, trade: nil, fetchedTick: tick)
    }

    @Test func pricesExpireAfterTheirLifetime() throws {
        let memory = QuoteMemory(quotesMax: 10)
        memory.fill(try self.key("ES"), self.latest(100))

        #expect(memory.read(try self.key("ES"), tick: 149, lifetime: 50) == self.latest(100))
        #expect(memory.read(try self.key("ES"), tick: 150, lifetime: 50) == nil)
        #expect(memory.readExpired(try self.key("ES")) == self.latest(100))
    }

    @Test func leastRecentlyUsedLeavesFirst() throws {
        let memory = QuoteMemory(quotesMax: 2)
        memory.fill(try self.key("A"), self.latest(0))
        memory.fill(try self.key("B"), self.latest(0))
        _ = memory.read(try self.key("A"), tick: 0, lifetime: 1)

        memory.fill(try self.key("C"), self.latest(0))

        #expect(memory.readExpired(try self.key("B")) == nil)
        #expect(memory.readExpired(try self.key("A")) != nil)
        #expect(memory.count == 2)
        memory.checkInvariants()
    }

    @Test func olderPricesDoNotReplaceYoungerOnes() throws {
        let memory = QuoteMemory(quotesMax: 2)
        memory.fill(try self.key("A"), self.latest(5))
        memory.fill(try self.key("A"), self.latest(4))

        #expect(memory.readExpired(try self.key("A")) == self.latest(5))
        #expect(memory.forget { _, held in held.fetchedTick == 5 } == 1)
        #expect(memory.count == 0)
        memory.checkInvariants()
    }
}
