internal import MarketData
internal import MarketStore
internal import Providers

/// What a flight did, told to everyone who waited for it.
struct FlightReport: Sendable {
    /// Ranges that could not be bought, and why.
    struct Failure: Sendable {
        let ranges: RangeSet
        let error: ProviderError
        /// How long the purchase is not tried again.
        let retryAfter: Duration
    }

    /// Purchases begun.
    var purchaseCount = 0
    /// Whether the read that waited for the flight had begun none itself.
    var isJoined = false
    /// What they brought.
    var bought = RangeSet()
    /// What the provider has, when it was asked.
    var horizon: Horizon?
    var failures: [Failure] = []
    /// What the provider turned out not to have yet.
    var unavailable = RangeSet()
    /// What was deliberately not bought.
    var withheld: [Withheld] = []
    /// What was left because the flight may not buy so many pieces.
    var unbought = RangeSet()
    /// What the purchases changed in the database.
    var changes = StoredChanges()
    /// The newest prices, for a flight that fetches them.
    var latest: HeldLatest?
    /// The database's error that ended the flight.
    var databaseError: (any Error)?
    /// What ended the flight for everyone: a provider that is not configured, or the cache's stop.
    var refusal: TapedeckError?
}

extension FlightReport {
    /// Whether a part of the range could not be dealt with.
    var hasFailed: Bool { !self.failures.isEmpty || self.databaseError != nil || self.refusal != nil }

    /// Whether a part of the range was not dealt with, for whatever reason.
    var isPartial: Bool {
        self.hasFailed || !self.withheld.isEmpty || !self.unbought.isEmpty || !self.unavailable.isEmpty
    }

    /// Notes what ended the flight; one is cancelled only when the cache is being stopped.
    mutating func end(_ error: any Error) {
        if error.isCancellation {
            self.refusal = TapedeckError(.shuttingDown, "the cache is being stopped")
        } else if let withheld = error as? Withheld {
            self.withheld.append(withheld)
        } else if let error = error as? TapedeckError {
            self.refusal = error
        } else {
            self.databaseError = error
        }
    }
}

extension FlightCoordinator<FlightKey, FlightReport>.Waited {
    /// The reports, which tell whether the read had only joined others.
    var reports: [FlightReport] {
        guard !self.hasBegun else { return self.outcomes }
        return self.outcomes.map { report in
            var report = report
            report.isJoined = true
            return report
        }
    }
}

extension [FlightReport] {
    /// Whether something was bought, all of it by flights that others had begun.
    var isJoined: Bool {
        let bought = self.filter { $0.purchaseCount > 0 }
        return !bought.isEmpty && bought.allSatisfy(\.isJoined)
    }

    /// Adds that `ranges` were left alone for the failure among the reports.
    mutating func noteLeft(_ ranges: RangeSet) {
        guard !ranges.isEmpty, let failure = self.lazy.flatMap(\.failures).first else { return }
        let left = FlightReport.Failure(ranges: ranges, error: failure.error, retryAfter: failure.retryAfter)
        self.append(FlightReport(failures: [left]))
    }
}

/// What purchases changed in the database.
struct StoredChanges: Sendable {
    var inserted = 0
    var revised: [Bar] = []
    var unchanged = 0
    var removed = 0
    /// What refreshes changed of what was known before.
    var changes: [RecordChange<Bar>] = []
}
