extension NoticeChannel {
    /// What happens on a channel.
    ///
    /// An outage begins with `closed` and ends with `opened`. What the handler has not taken by the time of a loss is
    /// left out: after the next `opened` everything must be compared anyway.
    public enum Event: Sendable {
        /// Notices arrive from now on.
        ///
        /// Those sent before are lost: what they would have told must be compared now.
        case opened(DatabaseEpoch)
        /// A notice, one's own and every heartbeat included.
        case notice(String)
        /// No notices arrive: the connection was lost, or an attempt to open one failed, and another one follows.
        ///
        /// `noticesUnheard` and `authenticationFailed` need an operator; everything else may pass by itself.
        case closed(SQLError)
    }
}
