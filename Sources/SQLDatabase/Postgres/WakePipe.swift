import Foundation

/// A pipe to oneself: a thread that waits in `poll` on its reading end is woken by a byte written from any thread.
final class WakePipe: Sendable {
    /// The end to poll.
    let readingEnd: Int32
    private let writingEnd: Int32

    /// Throws `unavailable` when the process has no file descriptors left.
    init() throws(SQLError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw SQLError(.unavailable, "no pipe for a connection: \(String(cString: strerror(errno)))")
        }
        (self.readingEnd, self.writingEnd) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(self.readingEnd)
        close(self.writingEnd)
    }

    /// Wakes the waiting thread, or the next one that waits.
    func wake() {
        // A full pipe wakes as well, so a failed write is no loss.
        var byte: UInt8 = 1
        _ = write(self.writingEnd, &byte, 1)
    }

    /// Takes what was written, so that the next wait is not woken by it.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(self.readingEnd, &bytes, bytes.count) > 0 {}
    }
}
