import Foundation
import MarketData

/// The machine's wall clock: the one place where the program reads it.
///
/// What is answered goes by `DatabaseClock`.
enum SystemTime {
    /// The time now.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
