/// A failure below the level of HTTP answers: an answer with status 500 is an answer, not an error.
///
/// Messages hold hosts and reasons, never credentials.
struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure happened.
    enum Code: String, Sendable {
        /// No connection: unknown host, refused, no route.
        case unreachable
        /// The server's certificate or TLS itself is not acceptable.
        case insecure
        /// No connection, no answer or no progress in the time allowed.
        case timedOut
        /// The connection ended before the answer did.
        case cut
        /// The answer breaks HTTP or a size limit.
        case malformed
        /// The request cannot be made as asked, such as with a bad address.
        case badRequest
        /// The client has too many transfers under way.
        case overloaded
        /// The transfer or the task was cancelled.
        case cancelled
        /// The client was closed.
        case closed
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { "\(self.code.rawValue): \(self.message)" }
}
