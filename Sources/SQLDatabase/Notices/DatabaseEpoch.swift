/// What tells one life of a Postgres server from another.
///
/// When it differs from the one seen before, the server was restarted, or another one has taken its place: notices were
/// lost, and numbers may have gone backwards. A part that the server refuses to tell is nil.
public struct DatabaseEpoch: Hashable, Sendable, CustomStringConvertible {
    /// The cluster's number, given when it was made and shared with its standbys.
    public let systemIdentifier: Int64?
    /// The number of the cluster's history, from 1; it grows when a standby is promoted.
    public let timeline: Int64?
    /// When the server started, in microseconds since 1970 by its own clock.
    public let serverStartMicroseconds: Int64?

    /// Creates an epoch.
    public init(systemIdentifier: Int64?, timeline: Int64?, serverStartMicroseconds: Int64?) {
        self.systemIdentifier = systemIdentifier
        self.timeline = timeline
        self.serverStartMicroseconds = serverStartMicroseconds
    }

    /// The three parts, `?` for one that is not told.
    public var description: String {
        func text(_ part: Int64?) -> String { part.map(String.init) ?? "?" }
        return "system \(text(self.systemIdentifier)), timeline \(text(self.timeline)), "
            + "started at \(text(self.serverStartMicroseconds)) µs"
    }
}
