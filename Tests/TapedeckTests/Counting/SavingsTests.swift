import MarketStore
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct SavingsTests {
    @Test func nothingIsValuedBeforeAPriceIsKnown() {
        var savings = Savings()

        savings.settle(.bars, unboughtCount: 1_000)
        savings.notePurchase(.bars, records: 10, bytes: 560, usd: nil)
        savings.settle(.bars, unboughtCount: 1_100)

        #expect(savings.bytes == 5_600, "what came before the first purchase counts nothing")
        #expect(savings.usd == 0)
    }

    @Test func aKindIsNotValuedByThePurchasesOfAnother() {
        var savings = Savings()

        savings.notePurchase(.quotes, records: 10, bytes: 800, usd: 1)
        savings.settle(.bars, unboughtCount: 10)

        #expect(savings.bytes == 0 && savings.usd == 0)
    }

    @Test func newestPricesCountAsOnePurchaseEach() {
        var savings = Savings()

        savings.notePurchase(.latest, records: 50, bytes: 4_000, usd: 0.5)
        savings.settle(.latest, unboughtCount: 3)

        #expect(savings.bytes == 12_000 && savings.usd == 1.5)
    }

    @Test func aPurchaseThatBroughtNothingChangesNothing() {
        var savings = Savings()
        savings.notePurchase(.bars, records: 2, bytes: 112, usd: 2)

        savings.notePurchase(.bars, records: 0, bytes: 0, usd: 5)
        savings.settle(.bars, unboughtCount: 1)

        #expect(savings.usd == 1)
    }

    @Test func eachAnswerIsValuedAtTheAveragePriceOfItsTimeAndSumsNeverShrink() {
        var random = SeededRandom()
        let seed = random
        var savings = Savings()
        var (records, usd, unbought) = (0, 0.0, 0)
        var expected = 0.0
        for _ in 0..<1_000 {
            let before = savings.usd
            if Bool.random(using: &random) {
                let count = Int.random(in: 1...100, using: &random)
                unbought += count
                savings.settle(.bars, unboughtCount: unbought)
                if records > 0 { expected += Double(count) * usd / Double(records) }
            } else {
                let (count, price) = (Int.random(in: 1...50, using: &random), Double.random(in: 0...1, using: &random))
                savings.settle(.bars, unboughtCount: unbought)
                savings.notePurchase(.bars, records: count, bytes: count * 56, usd: price)
                records += count
                usd += price
            }
            #expect(savings.usd >= before, "\(seed)")
        }
        #expect(abs(savings.usd - expected) < 1e-6 * max(1, expected), "\(seed)")
    }
}
