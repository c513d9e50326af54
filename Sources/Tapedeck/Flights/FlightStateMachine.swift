internal import MarketData

/// Decides which reads start a fetch and which wait for one under way.
///
/// Pure state, without tasks, clocks or locks; `FlightCoordinator` carries out what it decides. A flight is a fetch of one
/// range of one key. Flights of a key never overlap, so no instant is fetched twice at a time. A flight runs to its end
/// even when all who waited for it have left: what it brings is paid for.
struct FlightStateMachine<Key: Hashable & Sendable, Outcome: Sendable> {
    /// What a flight does with what is stored already.
    enum Mode: Hashable, Sendable {
        /// It buys what is missing.
        case fetch
        /// It buys what is missing or expires soon.
        case renew
        /// It buys everything anew.
        case refresh
    }

    struct Flight: Hashable, Sendable {
        let id: Int
        let key: Key
        let range: TimeRange
        let mode: Mode
    }

    enum Refusal: Hashable, Sendable {
        case tooManyFlights
        case tooManyWaiters
        case stopped
    }

    enum JoinAction {
        /// The waiter waits. Begin these flights; `joined` others were under way already.
        case wait(begin: [Flight], joined: Int)
        /// The waiter waits for flights that do not do what it needs; it asks again when it is woken.
        case waitAndAskAgain
        case refuse(Refusal)
    }

    /// A waiter that waits no longer, with the outcomes of its flights in the order in which they ended.
    struct Woken {
        let waiter: Int
        let outcomes: [Outcome]
    }

    private struct Waiter {
        var flights: Set<Int>
        var outcomes: [Outcome] = []
    }

    let flightsMax: Int
    let waitersMax: Int
    private var isStopped = false
    private var nextFlight = 0
    private var flights: [Int: Flight] = [:]
    private var flightsByKey: [Key: [Int]] = [:]
    private var waiters: [Int: Waiter] = [:]
    private var waitersByFlight: [Int: Set<Int>] = [:]

    init(flightsMax: Int, waitersMax: Int) {
        self.flightsMax = flightsMax
        self.waitersMax = waitersMax
    }

    var flightCount: Int { self.flights.count }

    var waiterCount: Int { self.waiters.count }

    /// The flights of a key, by id.
    func flights(of key: Key) -> [Flight] {
        self.flightsByKey[key, default: []].sorted().compactMap { self.flights[$0] }
    }

    /// Lets a waiter wait for the whole of `range`: for what is under way there, and for new flights for the rest.
    ///
    /// A refresh does not count a fetch under way as its own: it waits for that first and asks again.
    mutating func join(_ waiter: Int, key: Key, range: TimeRange, mode: Mode) -> JoinAction {
        precondition(self.waiters[waiter] == nil, "A waiter asks for one thing at a time.")
        guard !self.isStopped else { return .refuse(.stopped) }
        guard self.waiters.count < self.waitersMax else { return .refuse(.tooManyWaiters) }

        let overlapping = self.flights(of: key).filter { $0.range.overlaps(range) }
        let unsuitable = mode == .refresh ? overlapping.filter { $0.mode != .refresh } : []
        guard unsuitable.isEmpty else {
            self.register(waiter, for: unsuitable)
            return .waitAndAskAgain
        }
        let rest = RangeSet(range).subtracting(RangeSet(overlapping.map(\.range)))
        guard self.flights.count + rest.ranges.count <= self.flightsMax else { return .refuse(.tooManyFlights) }
        let begun = rest.ranges.map { self.begin(key, $0, mode) }
        self.register(waiter, for: overlapping + begun)
        return .wait(begin: begun, joined: overlapping.count)
    }

    /// Ends a flight, and answers the waiters that waited for nothing else.
    mutating func finish(_ flight: Int, outcome: Outcome) -> [Woken] {
        guard let finished = self.flights.removeValue(forKey: flight) else { return [] }
        self.flightsByKey[finished.key]?.removeAll { $0 == flight }
        if self.flightsByKey[finished.key]?.isEmpty == true { self.flightsByKey[finished.key] = nil }
        var woken: [Woken] = []
        for waiter in (self.waitersByFlight.removeValue(forKey: flight) ?? []).sorted() {
            self.waiters[waiter]?.outcomes.append(outcome)
            self.waiters[waiter]?.flights.remove(flight)
            if let done = self.waiters[waiter], done.flights.isEmpty {
                self.waiters[waiter] = nil
                woken.append(Woken(waiter: waiter, outcomes: done.outcomes))
            }
        }
        return woken
    }

    /// Takes out a waiter that gives up; false when it does not wait any more.
    ///
    /// Its flights go on.
    mutating func leave(_ waiter: Int) -> Bool {
        guard let left = self.waiters.removeValue(forKey: waiter) else { return false }
        for flight in left.flights { self.waitersByFlight[flight]?.remove(waiter) }
        return true
    }

    /// Refuses new waiters from now on.
    ///
    /// Flights under way go on.
    mutating func stop() {
        self.isStopped = true
    }

    /// Takes out everything, and answers the waiters that will never get an outcome.
    mutating func abandon() -> [Int] {
        let abandoned = self.waiters.keys.sorted()
        self.isStopped = true
        self.flights = [:]
        self.flightsByKey = [:]
        self.waiters = [:]
        self.waitersByFlight = [:]
        return abandoned
    }

    private mutating func begin(_ key: Key, _ range: TimeRange, _ mode: Mode) -> Flight {
        self.nextFlight += 1
        let flight = Flight(id: self.nextFlight, key: key, range: range, mode: mode)
        self.flights[flight.id] = flight
        self.flightsByKey[key, default: []].append(flight.id)
        return flight
    }

    private mutating func register(_ waiter: Int, for flights: [Flight]) {
        self.waiters[waiter] = Waiter(flights: Set(flights.map(\.id)))
        for flight in flights { self.waitersByFlight[flight.id, default: []].insert(waiter) }
    }

    /// Traps when the tables do not fit each other.
    func checkInvariants() {
        precondition(self.flights.count <= self.flightsMax && self.waiters.count <= self.waitersMax)
        precondition(self.flightsByKey.values.reduce(0) { $0 + $1.count } == self.flights.count)
        for key in self.flightsByKey.keys {
            let ranges = self.flights(of: key).map(\.range).sorted { $0.start < $1.start }
            precondition(!ranges.isEmpty)
            precondition(
                zip(ranges, ranges.dropFirst()).allSatisfy { $0.end <= $1.start },
                "No instant is in two flights at a time."
            )
        }
        for (id, waiter) in self.waiters {
            precondition(!waiter.flights.isEmpty, "Who waits, waits for something.")
            precondition(waiter.flights.allSatisfy { self.waitersByFlight[$0]?.contains(id) == true })
        }
        for (flight, waiters) in self.waitersByFlight {
            precondition(self.flights[flight] != nil)
            precondition(waiters.allSatisfy { self.waiters[$0]?.flights.contains(flight) == true })
        }
    }
}
