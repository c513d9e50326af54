import Foundation
import MarketData

/// The machine's wall clock: the one place where the program reads it.
enum SystemTime {
    /// The time now.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
