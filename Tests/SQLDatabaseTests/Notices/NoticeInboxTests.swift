import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct NoticeInboxTests {
    private static let epoch = DatabaseEpoch(systemIdentifier: 1, timeline: 1, serverStartMicroseconds: 1)
    private static let loss = SQLError(.connectionLost, "the connection broke")

    @Test func eventsAreTakenInTheirOrder() throws {
        var inbox = NoticeInbox(noticesMax: 10)
        inbox.open(Self.epoch)
        try inbox.add("a")
        try inbox.add("b")

        let labels = (1...4).map { _ in inbox.next()?.label }

        #expect(labels == ["opened", "a", "b", nil])
    }

    @Test func noticeBeyondTheLimitIsRefused() throws {
        var inbox = NoticeInbox(noticesMax: 2)
        inbox.open(Self.epoch)
        try inbox.add("a")
        try inbox.add("b")
        let error = #expect(throws: SQLError.self) { try inbox.add("c") }
        _ = inbox.next()
        let full = #expect(throws: SQLError.self) { try inbox.add("c") }
        _ = inbox.next()
        try inbox.add("d")

        #expect([error?.code, full?.code] == [.poolExhausted, .poolExhausted])
        #expect((1...3).map { _ in inbox.next()?.label } == ["b", "d", nil])
    }

    @Test func lossTakesThePlaceOfWhatWaits() throws {
        var inbox = NoticeInbox(noticesMax: 2)
        for _ in 1...1_000 {
            inbox.open(Self.epoch)
            try inbox.add("a")
            try inbox.add("b")
            inbox.close(Self.loss)
        }

        #expect((1...2).map { _ in inbox.next()?.label } == ["closed", nil])
    }

    @Test func inboxAgreesWithAListForEveryCourseOfEvents() throws {
        var random = SeededRandom()
        for _ in 1...200 {
            let noticesMax = Int.random(in: 1...20, using: &random)
            var inbox = NoticeInbox(noticesMax: noticesMax)
            var expected: [String] = []
            for step in 1...200 {
                switch Int.random(in: 0..<20, using: &random) {
                case 0:
                    inbox.close(Self.loss)
                    inbox.open(Self.epoch)
                    expected = ["closed", "opened"]
                case 1..<10:
                    let isFull = expected.count { $0.hasPrefix("n") } == noticesMax
                    let isRefused = (try? inbox.add("n\(step)")) == nil
                    try #require(isRefused == isFull, "\(random)")
                    if !isRefused { expected.append("n\(step)") }
                default:
                    let label = inbox.next()?.label
                    try #require(label == (expected.isEmpty ? nil : expected.removeFirst()), "\(random)")
                }
                try #require(inbox.count == expected.count { $0.hasPrefix("n") }, "\(random)")
            }
        }
    }
}

extension NoticeChannel.Event {
    fileprivate var label: String {
        switch self {
        case .opened: "opened"
        case .notice(let payload): payload
        case .closed: "closed"
        }
    }
}
