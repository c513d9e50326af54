import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the system knows of a socket that its event loop was not told yet.
enum SocketState {
    /// Whether something can be read from the channel's socket at once: bytes, the peer's end, or of a listening socket a
    /// connection to accept.
    ///
    /// False for a channel without a socket. Call it on the channel's event loop.
    static func isReadable(_ channel: any Channel) -> Bool {
        let isReadable = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { socket in
            var question = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            return poll(&question, 1, 0) == 1 && question.revents & Int16(POLLIN) != 0
        }
        return isReadable ?? false
    }
}
