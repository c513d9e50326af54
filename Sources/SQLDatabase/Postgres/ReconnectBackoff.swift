extension ClosedRange<Duration> {
    /// How long to wait after as many failures in a row, 1 or more: the lower bound first, doubled each time up to the
    /// upper one.
    ///
    /// `jitter`, from 0 to 1, spreads the attempts of many processes over the second half of the wait.
    func wait(failureCount: Int, jitter: Double) -> Duration {
        // More doublings than this exceed every sensible limit, and overflow later.
        let doublings = Swift.min(failureCount - 1, 30)
        let longest = Swift.min(self.upperBound, self.lowerBound * (1 << doublings))
        // Half of the wait is fixed, so that a dead server gets its rest.
        return Swift.max(self.lowerBound, longest * (0.5 + 0.5 * jitter))
    }
}
