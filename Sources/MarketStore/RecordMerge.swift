import MarketData

/// What storing an answer does to the rows of its range: the revision rules, without a database.
struct RecordMerge<Record: SeriesRecord> {
    /// The records to be written, sorted: new ones, changed ones, and equal ones whose fetch time is renewed.
    private(set) var written: [Record] = []
    /// The stored records to be deleted, each stretch from its first to its last time; nothing that stays lies between.
    private(set) var deleted: [ClosedRange<Timestamp>] = []
    /// All records of the range afterwards, sorted.
    private(set) var result: [Record] = []
    /// How many records were not stored before.
    private(set) var insertedCount = 0
    /// The records whose values or revision changed, as they are afterwards.
    private(set) var revised: [Record] = []
    /// How many records came again with equal values.
    private(set) var unchangedCount = 0
    /// How many incoming records were left out because what is stored is better.
    private(set) var outdatedCount = 0
    /// How many stored records are deleted.
    private(set) var removedCount = 0
    /// The times of the records inserted, revised or removed, in no order.
    private(set) var changedTimes: [Timestamp] = []
    /// The stored records that are revised or removed, as they were, in their order.
    private(set) var previous: [Record] = []

    /// Whether a reader of the rows would notice.
    var changesRows: Bool { !self.changedTimes.isEmpty }

    /// Decides what becomes of records that are sorted and lie in the same range.
    ///
    /// `settled` holds the times at which what is stored is settled although the answer's own data had not settled
    /// there: incoming records in it are left out. `kept` holds the times at which a stored record stays although the
    /// answer lacks it.
    init(
        stored: [Record],
        incoming: [Record],
        revisions: RevisionSource,
        settled: RangeSet = RangeSet(),
        kept: (Timestamp) -> Bool
    ) {
        var old = stored[...]
        var isDeleting = false
        for new in incoming {
            while let first = old.first, first.timestamp < new.timestamp {
                old.removeFirst()
                self.resolveAbsent(first, isKept: kept(first.timestamp), isDeleting: &isDeleting)
            }
            isDeleting = isDeleting && old.first?.timestamp != new.timestamp
            if let first = old.first, first.timestamp == new.timestamp {
                old.removeFirst()
                self.resolve(new, against: first, revisions, isSettled: settled.contains(new.timestamp))
            } else if settled.contains(new.timestamp) {
                self.outdatedCount += 1
            } else {
                self.insert(new, revisions)
            }
        }
        for rest in old {
            self.resolveAbsent(rest, isKept: kept(rest.timestamp), isDeleting: &isDeleting)
        }
    }

    private mutating func insert(_ new: Record, _ revisions: RevisionSource) {
        var record = new
        if revisions == .assigned { record.revision = 1 }
        self.insertedCount += 1
        self.changedTimes.append(record.timestamp)
        self.written.append(record)
        self.result.append(record)
    }

    private mutating func resolve(
        _ new: Record,
        against stored: Record,
        _ revisions: RevisionSource,
        isSettled: Bool
    ) {
        let isSame = new.hasSameValues(as: stored)
        var record = new
        switch revisions {
        case .assigned:
            record.revision = isSame ? stored.revision : stored.revision &+ (stored.revision == .max ? 0 : 1)
        case .given where isSame:
            record.revision = max(new.revision, stored.revision)
        case .given:
            break
        }
        let isBetter = !isSettled && (isSame || record.revision > stored.revision || revisions == .assigned)
        guard isBetter else {
            self.outdatedCount += 1
            self.result.append(stored)
            return
        }
        if isSame && record.revision == stored.revision {
            self.unchangedCount += 1
        } else {
            self.revised.append(record)
            self.previous.append(stored)
            self.changedTimes.append(record.timestamp)
        }
        self.written.append(record)
        self.result.append(record)
    }

    /// Keeps or deletes a stored record that the answer lacks.
    private mutating func resolveAbsent(_ stored: Record, isKept: Bool, isDeleting: inout Bool) {
        guard !isKept else {
            isDeleting = false
            self.result.append(stored)
            return
        }
        if isDeleting, let last = self.deleted.last {
            self.deleted[self.deleted.count - 1] = last.lowerBound...stored.timestamp
        } else {
            self.deleted.append(stored.timestamp...stored.timestamp)
        }
        isDeleting = true
        self.removedCount += 1
        self.previous.append(stored)
        self.changedTimes.append(stored.timestamp)
    }

    /// What changed of what was known `before`, oldest first, each side marked with the finality that it had or has.
    func changes(knownBefore before: Coverage, finalNow: RangeSet) -> [RecordChange<Record>] {
        let previous = Dictionary(
            FinalityMarker.marked(self.previous, by: before.final).lazy.map { ($0.timestamp, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let times = Set(self.changedTimes)
        let present = Dictionary(
            FinalityMarker.marked(self.result.filter { times.contains($0.timestamp) }, by: finalNow).lazy
                .map { ($0.timestamp, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let known = before.all
        return self.changedTimes.sorted().compactMap { time in
            guard previous[time] != nil || known.contains(time) else { return nil }
            return RecordChange(timestamp: time, before: previous[time], after: present[time])
        }
    }
}
