extension NoticeChannel {
    /// Limits and intervals, each with its default.
    public struct Configuration: Sendable {
        /// The server's channel: 1 to 63 ASCII letters, digits and underscores.
        ///
        /// It is the same for all who are to hear each other. Every notice wakes the listeners of all channels of a
        /// database, so one channel for everything is best.
        public var channel = "tapedeck"
        /// How often a notice to oneself is sent; more than 0.
        public var heartbeatInterval: Duration = .seconds(2)
        /// After how long without a notice of one's own the connection counts as dead; more than the interval.
        ///
        /// A new connection has as long to answer its first questions, and as long again to hear its first notice.
        public var heartbeatTimeout: Duration = .seconds(5)
        /// How long an attempt to connect may take for each host, rounded up to whole seconds, 2 s at least.
        public var connectTimeout: Duration = .seconds(5)
        /// Waits between attempts to connect: the first, doubled each time with jitter up to the last; more than 0.
        ///
        /// They begin anew once a connection has stayed open for the heartbeat's timeout.
        public var reconnectBackoff: ClosedRange<Duration> = .milliseconds(50) ... .seconds(5)
        /// Notices that may wait for the handler; one more closes the connection and opens another.
        public var inboundNoticesMax = 10_000
        /// Payloads that may wait to be sent; more are refused with `poolExhausted`.
        public var outboundPayloadsMax = 10_000
        /// What the log advises where the address does not lead to the server itself, such as a setting to be changed.
        public var unheardAdvice: String?

        /// Creates a configuration with the defaults.
        public init() {}
    }
}
