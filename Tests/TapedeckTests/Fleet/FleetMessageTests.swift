import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct FleetMessageTests {
    private let sender = WorkerID(0x12_34)

    private func range(_ start: Int64, _ end: Int64) throws -> TimeRange {
        try #require(
            TimeRange(
                Timestamp(nanoseconds: start * 1_000_000_000),
                Timestamp(nanoseconds: end * 1_000_000_000)
            )
        )
    }

    private func randomEntry(_ random: inout SeededRandom) throws -> FleetMessage.Entry {
        let symbols = ["ES.c.0", "BRN FMH0026!", "a,b", "100%", "'\\\"", "x"]
        let provider = try ProviderID(parsing: Bool.random(using: &random) ? "simulated" : "databento/GLBX.MDP3")
        let symbol = symbols.randomElement(using: &random) ?? "x"
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .latest(LatestKey(provider: provider, symbol: symbol))
        case 1:
            let timeframe = Timeframe.allCases.randomElement(using: &random) ?? .oneMinute
            let kind: Series.Kind = Bool.random(using: &random) ? .bars : .quotes
            return .released(
                .records(try Series(provider: provider, symbol: symbol, timeframe: timeframe, kind: kind))
            )
        case 2: return .released(.latest(LatestKey(provider: provider, symbol: symbol)))
        case 3: return Bool.random(using: &random) ? .everything : .leaving
        default:
            let first = Int64.random(in: 0...1_000_000, using: &random)
            let start = Int64.random(in: -9_000_000_000...9_000_000_000, using: &random)
            let horizon = SharedHorizon(
                start: Timestamp(nanoseconds: .random(in: .min ... .max, using: &random)),
                availableEnd: Timestamp(nanoseconds: .random(in: .min ... .max, using: &random)),
                askedAt: Timestamp(nanoseconds: .random(in: .min ... .max, using: &random)),
                lifetime: .random(in: 0 ... .max, using: &random),
                restLifetime: Bool.random(using: &random) ? nil : .random(in: 0 ... .max, using: &random)
            )
            return .stored(
                StoredNotice(
                    seriesID: .random(in: 1 ... .max, using: &random),
                    versions: first...(first + .random(in: 0...50, using: &random)),
                    range: try self.range(start, start + .random(in: 1...10_000_000, using: &random)),
                    isWarm: Bool.random(using: &random),
                    horizon: Bool.random(using: &random) ? nil : horizon
                )
            )
        }
    }

    @Test func everyMessageReadsBackAsItself() throws {
        var random = SeededRandom()
        for _ in 0..<500 {
            let entries = try (0..<Int.random(in: 0...40, using: &random)).map { _ in try self.randomEntry(&random) }
            let message = FleetMessage(sender: self.sender, number: 7, entries: entries)

            #expect(FleetMessage(message.text) == message, "\(random)")
            #expect(message.text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "'") }, "\(random)")
        }
    }

    @Test func manyEntriesBecomeMessagesThatFitIntoANotice() throws {
        var random = SeededRandom()
        let entries = try (0..<2_000).map { _ in try self.randomEntry(&random) }
        var number: Int64 = 0

        let messages = FleetMessage.messages(of: entries, from: self.sender) {
            number += 1
            return number
        }

        #expect(messages.flatMap(\.entries) == entries, "\(random)")
        #expect(messages.allSatisfy { $0.text.utf8.count <= 7_900 }, "\(random)")
        #expect(messages.map(\.number) == Array(1...Int64(messages.count)))
    }

    /// The longest symbols of the longest provider, with every byte escaped.
    @Test func longestEntryFitsIntoANotice() throws {
        let provider = try ProviderID(parsing: String(repeating: "p", count: 64))
        let symbol = String(repeating: "%", count: 70)
        let series = try Series(provider: provider, symbol: symbol, timeframe: .thirtyMinutes, kind: .quotes)

        let message = FleetMessage(sender: self.sender, number: .max, entries: [.released(.records(series))])

        #expect(message.text.utf8.count < 400)
        #expect(FleetMessage(message.text) == message)
    }

    @Test(
        arguments: [
            "", "tapedeck1", "tapedeck1 0000000000001234", "tapedeck2 0000000000001234 1", "hello 0000000000001234 1",
            "tapedeck1 1234 1", "tapedeck1 0000000000001234 -1", "tapedeck1 000000000000123g 1",
            "tapedeck1 +000000000001234 1",
        ]
    )
    func whatIsNoMessageIsRefused(text: String) {
        #expect(FleetMessage(text) == nil)
    }

    /// As a later version of the program may send it.
    @Test(
        arguments: [
            "z1,2", "", "s1,1,0,5,0,w", "s1,1,0,5,-1,w", "s1,-1,0,5,1,w", "s1,1,0,5,1,x", "s1,1,0,5,1", "sa,b",
            "s1,1,zzzzzzzzzzzzzzz,5,1,w", "s1,1,0,zzzzzzzzzzzz,zzzzzzzzzzzz,w", "lsimulated", "rbars,simulated,ES,7m",
            "rlatest,simulated,%2", "llatest,simulated,%zz", "ex", "rlatest,no/such/provider,ES",
        ]
    )
    func entryThatIsNotUnderstoodMeansThatEverythingIsCompared(entry: String) {
        #expect(FleetMessage("tapedeck1 0000000000001234 9 \(entry)")?.entries == [.everything])
    }

    /// Random bytes in the place of some of a sound message's.
    @Test func damagedMessagesNeverTrap() throws {
        var random = SeededRandom()
        for _ in 0..<2_000 {
            let message = FleetMessage(
                sender: self.sender,
                number: 3,
                entries: try (0..<3).map { _ in try self.randomEntry(&random) }
            )
            var bytes = Array(message.text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0x20...0x7E, using: &random)
            }
            if let read = FleetMessage(String(decoding: bytes, as: UTF8.self)) {
                #expect(FleetMessage(read.text) == read, "\(random)")
            }
        }
    }
}
