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
