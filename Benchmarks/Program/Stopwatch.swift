import Foundation

/// Measures how long something takes.
enum Stopwatch {
    /// The time by the clock that all processes of the machine share.
    static var sharedNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The nanoseconds that `body` takes.
    static func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return Self.nanoseconds(since: start)
    }

    /// The nanoseconds that `body` takes.
    static func nanoseconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return Self.nanoseconds(since: start)
    }

    private static func nanoseconds(since start: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - start) / .nanoseconds(1)
    }
}

extension [Double] {
    /// The smallest value that at least this share of the values does not exceed.
    func percentile(_ share: Double) -> Double {
        precondition(!self.isEmpty && (0...1).contains(share))
        let sorted = self.sorted()
        return sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
