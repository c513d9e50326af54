import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct NoticeOutboxTests {
    private static let loss = SQLError(.connectionLost, "the connection broke")

    @Test func firstSenderGoesAtOnceAndThoseThatComeMeanwhileGoTogether() throws {
        var outbox = NoticeOutbox<Int>(payloadsMax: 10)
        outbox.open()
        try outbox.add(["a"], 1)
        let first = outbox.begin()
        try outbox.add(["b", "c"], 2)
        try outbox.add(["d"], 3)
        let early = outbox.begin()
        let answered = outbox.finish()
        let second = outbox.begin()

        #expect(first == ["a"] && early == nil && answered == [1])
        #expect(second == ["b", "c", "d"] && outbox.finish() == [2, 3])
        #expect(outbox.begin() == nil)
    }

    @Test func closedChannelRefusesSendersAndSaysWhy() throws {
        var outbox = NoticeOutbox<Int>(payloadsMax: 10)
        let before = #expect(throws: SQLError.self) { try outbox.add(["a"], 1) }
        outbox.open()
        try outbox.add(["a"], 2)
        _ = outbox.begin()
        try outbox.add(["a"], 3)
        let told = outbox.close(Self.loss)
        let after = #expect(throws: SQLError.self) { try outbox.add(["a"], 4) }
        outbox.open()

        #expect(before?.code == .unavailable && before?.message.contains("not opened yet") == true)
        #expect(told == [2, 3])
        #expect(after?.message.contains("the connection broke") == true)
        #expect(outbox.begin() == nil)
    }

    @Test func payloadsBeyondTheLimitAreRefused() throws {
        var outbox = NoticeOutbox<Int>(payloadsMax: 3)
        outbox.open()
        try outbox.add(["a", "b"], 1)
        let error = #expect(throws: SQLError.self) { try outbox.add(["c", "d"], 2) }
        try outbox.add(["c"], 3)

        #expect(error?.code == .poolExhausted)
        #expect(outbox.begin() == ["a", "b", "c"])
    }

    @Test func everySenderIsToldOnceAndItsPayloadsStayTogetherAndInOrder() throws {
        var random = SeededRandom()
        for _ in 1...20 {
            var outbox = NoticeOutbox<Int>(payloadsMax: 3_000)
            var waiting: [Int: [String]] = [:]
            var order: [Int] = []
            var next = 0
            var sent: [String] = []
            outbox.open()
            for _ in 1...100 {
                switch Int.random(in: 0..<20, using: &random) {
                case 0:
                    let told = outbox.close(Self.loss)
                    try #require(told == order, "\(random)")
                    (waiting, order, sent) = ([:], [], [])
                    outbox.open()
                case 1..<10:
                    let count = Int.random(in: 1...1_500, using: &random)
                    let payloads = (0..<count).map(String.init)
                    if (try? outbox.add(payloads, next)) != nil {
                        waiting[next] = payloads
                        order.append(next)
                    }
                    next += 1
                case 10..<15:
                    if let payloads = outbox.begin() {
                        try #require(sent.isEmpty, "\(random)")
                        sent = payloads
                    }
                default:
                    let told = outbox.finish()
                    try #require(told.flatMap { waiting[$0] ?? [] } == sent, "\(random)")
                    try #require(told.count <= 1 || sent.count <= NoticeOutbox<Int>.transactionPayloadsMax, "\(random)")
                    try #require(told == Array(order.prefix(told.count)), "\(random)")
                    order.removeFirst(told.count)
                    sent = []
                }
            }
        }
    }
}
