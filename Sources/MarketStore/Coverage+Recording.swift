package import MarketData

extension Coverage {
    /// This coverage after a fetch whose answer completes `range`.
    ///
    /// Whole periods before `settledEnd` become final, the rest is provisional since `fetchedAt`. What was final stays
    /// final.
    package func recording(
        _ range: TimeRange,
        settledEnd: Timestamp,
        timeframe: Timeframe,
        fetchedAt: Timestamp
    ) -> Coverage {
        let settled = timeframe.floor(settledEnd)
        var result = self
        if let final = TimeRange(range.start, min(range.end, settled)) {
            result.insertFinal(final)
        }
        if let provisional = TimeRange(max(range.start, settled), range.end) {
            result.insertProvisional(provisional, fetchedAt: fetchedAt)
        }
        return result.canonical
    }

    /// How many provisional stretches a series keeps however old they are: the newest by their place in time.
    private static var provisionalKept: Int { 100 }
    /// Provisional stretches fetched so long ago at most are kept, in nanoseconds; no lifetime is longer than a day.
    private static var provisionalAgeMax: Int64 { 2 * Timeframe.oneDay.nanoseconds }

    /// This coverage without old provisional stretches beyond the newest few.
    ///
    /// Each read of a series whose reads leave gaps leaves one behind. It has expired and is bought again by the next
    /// read that wants it, so all that is lost is a stale answer while the provider fails.
    func forgettingOldProvisional(now: Timestamp) -> Coverage {
        let surplus = self.provisional.count - Self.provisionalKept
        guard surplus > 0 else { return self }
        let cutoff = now.advancedSaturating(byNanoseconds: -Self.provisionalAgeMax)
        let old = self.provisional.prefix(surplus).filter { $0.fetchedAt >= cutoff }
        return Coverage(final: self.final, provisional: old + self.provisional.suffix(Self.provisionalKept))
    }

    /// This coverage without what lies before `end`.
    func removing(before end: Timestamp) -> Coverage {
        guard let start = self.all.bounds?.start, let range = TimeRange(start, end) else { return self }
        var result = self
        result.remove(range)
        return result
    }

    /// The same coverage with touching stretches of one fetch time joined, so that it equals what is read back.
    var canonical: Coverage {
        let joined = CoverageCodec.joined(self.provisional)
        return joined.count == self.provisional.count ? self : Coverage(final: self.final, provisional: joined)
    }
}
