import MarketData
import Testing

@testable import TapedeckCommand

@Suite struct FindingTests {
    /// The finding about a clock that shows `other` seconds while ours shows 100 and then 101.
    private static func clock(_ other: Int64) -> Finding {
        ClockCheck.finding(
            "the database's clock",
            other: Timestamp(nanoseconds: other * 1_000_000_000),
            before: Timestamp(nanoseconds: 100_000_000_000),
            after: Timestamp(nanoseconds: 101_000_000_000),
            resolution: .seconds(1)
        )
    }

    @Test(
        arguments: [
            (100, Finding.Level.ok), (97, .ok), (103, .ok), (96, .warn), (104, .warn), (69, .warn), (68, .fail),
            (132, .fail),
        ] as [(Int64, Finding.Level)]
    )
    func clocksAgreeWithinTheTimeThatAskingTook(_ other: Int64, _ level: Finding.Level) {
        #expect(Self.clock(other).level == level)
    }

    @Test func theDirectionOfASkewIsTold() {
        #expect(Self.clock(200).message.contains("behind the database's clock"))
        #expect(Self.clock(10).message.contains("ahead of the database's clock"))
        #expect(Self.clock(10).advice != nil)
    }

    @Test(
        arguments: [(1 << 30, Finding.Level.ok), ((1 << 30) - 1, .warn), ((100 << 20) - 1, .fail)]
            as [(Int, Finding.Level)]
    )
    func littleRoomOnTheDiskIsTold(_ bytes: Int, _ level: Finding.Level) {
        #expect(DiskCheck.space(freeBytes: bytes, path: "/data").level == level)
    }

    @Test(
        arguments: [(0o100600, Finding.Level.ok), (0o100644, .ok), (0o100664, .warn), (0o100646, .warn)]
            as [(Int, Finding.Level)]
    )
    func aFileThatOthersMayWriteIsTold(_ mode: Int, _ level: Finding.Level) {
        #expect(DiskCheck.permissions(mode, path: "/data/x.db").level == level)
    }
}
