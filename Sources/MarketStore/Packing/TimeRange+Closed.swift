import MarketData

extension TimeRange {
    /// The same stretch with its last instant in place of its end.
    var closed: ClosedRange<Timestamp> {
        self.start...self.end.advancedSaturating(byNanoseconds: -1)
    }
}
