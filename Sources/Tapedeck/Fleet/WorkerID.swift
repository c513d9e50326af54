internal import MarketData

/// A worker of the fleet: a number drawn at its start, which no other process has, nor the same one after a restart.
struct WorkerID: Hashable, Sendable, CustomStringConvertible {
    private let value: UInt64

    init(_ value: UInt64) {
        self.value = value
    }

    /// 16 hexadecimal digits; nil for anything else.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, !text.hasPrefix("+"), let value = UInt64(text, radix: 16) else { return nil }
        self.value = value
    }

    /// 16 hexadecimal digits.
    var description: String { self.value.hexDigits }
}
