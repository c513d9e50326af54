/// Decides what a worker tells the others when: at once while it is quiet, together while a notice is under way.
///
/// Pure state. Entries about the same are folded into one; with more than `entriesMax` it is only told that everything is
/// to be compared.
struct NoticeCoalescer {
    private enum Key: Hashable {
        case series(Int64)
        case other(FleetMessage.Entry)
    }

    /// Entries that wait at most.
    let entriesMax: Int
    private var waiting: [FleetMessage.Entry] = []
    private var places: [Key: Int] = [:]
    private var underWay: [FleetMessage.Entry]?

    init(entriesMax: Int) {
        self.entriesMax = max(1, entriesMax)
    }

    /// Entries that wait to be sent.
    var count: Int { self.waiting.count }

    /// Whether nothing waits and nothing is under way.
    var isQuiet: Bool { self.waiting.isEmpty && self.underWay == nil }

    /// Adds something to be told, and answers whether it is to be sent now: nothing was waiting, and nothing is under way.
    mutating func add(_ entry: FleetMessage.Entry) -> Bool {
        let isFirst = self.waiting.isEmpty && self.underWay == nil
        self.append(entry)
        return isFirst
    }

    /// Takes out what waits, to be sent; nil when nothing waits, or the last has not ended.
    mutating func begin() -> [FleetMessage.Entry]? {
        guard self.underWay == nil, !self.waiting.isEmpty else { return nil }
        let entries = self.waiting
        self.waiting = []
        self.places = [:]
        self.underWay = entries
        return entries
    }

    /// Notes how the sending ended; what was not sent waits again, before what came later.
    mutating func end(isSent: Bool) {
        guard let entries = self.underWay else { return }
        self.underWay = nil
        guard !isSent else { return }
        let later = self.waiting
        self.waiting = []
        self.places = [:]
        for entry in entries + later { self.append(entry) }
    }

    private mutating func append(_ entry: FleetMessage.Entry) {
        if self.waiting.contains(.everything), entry != .leaving { return }
        let key: Key
        switch entry {
        case .stored(let notice): key = .series(notice.seriesID)
        case .latest, .released, .leaving: key = .other(entry)
        case .everything:
            self.tellEverything()
            return
        }
        guard let place = self.places[key] else {
            guard self.waiting.count < self.entriesMax else {
                self.tellEverything()
                return
            }
            self.places[key] = self.waiting.count
            self.waiting.append(entry)
            return
        }
        guard case .stored(let earlier) = self.waiting[place], case .stored(let later) = entry else { return }
        if let joined = earlier.joined(with: later) {
            self.waiting[place] = .stored(joined)
        } else if self.waiting.count < self.entriesMax {
            // Between them lies another worker's commit: two entries, of which the later goes on to grow.
            self.places[key] = self.waiting.count
            self.waiting.append(entry)
        } else {
            self.tellEverything()
        }
    }

    /// Leaves out the single changes; that somebody leaves is no change.
    private mutating func tellEverything() {
        let isLeaving = self.waiting.contains(.leaving)
        self.waiting = [.everything] + (isLeaving ? [.leaving] : [])
        self.places = [:]
    }
}
