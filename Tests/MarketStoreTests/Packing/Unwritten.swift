import Testing

/// A change to a block that makes it one which the encoder never writes.
struct Unwritten: CustomTestStringConvertible, Sendable {
    let what: String
    /// A part of what the refusal says.
    let reason: String
    let change: @Sendable (inout HandmadeBlock) -> Void

    init(_ what: String, _ reason: String, _ change: @escaping @Sendable (inout HandmadeBlock) -> Void) {
        (self.what, self.reason, self.change) = (what, reason, change)
    }

    var testDescription: String { self.what }

    /// Of a block of three bars.
    static let all = [
        Unwritten("another version", "its version is 2, not 1") { $0.version = 2 },
        Unwritten("no bars", "it has 0 bars, not 3") { $0.barCount = 0 },
        Unwritten("fewer bars", "it has 2 bars, not 3") { $0.barCount = 2 },
        Unwritten("more bars than can be", "bars, not 3") { $0.barCount = .max },
        Unwritten("another name", "it is of databento ESZ6 1m, not of") { $0.name = Array("databento ESZ6 1m".utf8) },
        Unwritten("no name", "it is of , not of") { $0.name = [] },
        Unwritten("a name that is no text", "it is of an unreadable series") { $0.name = [0xFF, 0xC0] },
        Unwritten("a name beyond the end", "its head is cut") { $0.nameLength = 10_000 },
        Unwritten("a name as long as can be", "its head is cut") { $0.nameLength = .max },
        Unwritten("a scale of ten decimals", "its scale 10 is none") { $0.priceScale = 10 },
        Unwritten("a scale that fits no byte", "its scale 256 is none") { $0.volumeScale = 256 },
        Unwritten("the greatest scale", "its scale 18446744073709551615 is none") { $0.volumeScale = .max },
        Unwritten("nine planes", "more than 8 bytes a bar") { $0.widths[0] = 9 },
        Unwritten("255 planes", "more than 8 bytes a bar") { $0.widths = [UInt8](repeating: 255, count: 8) },
        Unwritten("columns that are not there", "another length than its head says") { $0.widths[3] = 1 },
        Unwritten("8 bytes in each column, and none there", "another length") { $0.widths = [8, 8, 8, 8, 8, 8, 8, 8] },
        Unwritten("a byte too many", "another length than its head says") { $0.planes.append(0) },
        Unwritten("no columns", "another length than its head says") { $0.planes = [] },
        Unwritten("no widths", "its head is cut") { ($0.widths, $0.planes) = ([], []) },
        Unwritten("times that stand still", "out of order") { $0.timeUnit = 0 },
        Unwritten("times that go back", "out of order") { $0.timeUnit = .max },
        Unwritten("times that wrap", "out of order") { $0.timeUnit = 1 << 63 },
        Unwritten("another unit", "do not end where its head says") { $0.timeUnit = 1 },
        Unwritten("a first bar that is late", "out of order") { ($0.widths[0], $0.planes) = (1, [1, 0, 0, 0, 2, 1]) },
        Unwritten("a first time at the end of time", "lie outside of") { $0.first = .max },
        Unwritten("a last time at the end of time", "lie outside of") { $0.last = .max },
        Unwritten("a last time before the first", "do not end where its head says") { $0.last = $0.first - 1 },
        Unwritten("a last time as early as can be", "do not end where its head says") { $0.last = .min },
    ]
}
