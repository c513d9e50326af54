/// Which other workers were heard of lately, and whether a message of one was missed.
///
/// Pure state; ticks are nanoseconds of the process's elapsed clock.
struct PeerTable {
    /// What a message means beyond its entries.
    enum Verdict: Hashable {
        /// The receiver's own.
        case own
        /// The next one of a known worker, its heartbeat, or the first that is heard of a worker.
        case inOrder
        /// One that was heard already, or came too late.
        case repeated
        /// Some before it were missed.
        case missed
    }

    private struct Peer {
        /// Of its last message; nil when others may have come since that nobody heard.
        var number: Int64?
        var heardTick: Int64
        /// When it told something last; nil when only its heart was heard.
        var toldTick: Int64?
        /// Whether its silence was noticed.
        var isSilent = false
    }

    private let own: WorkerID
    /// Workers remembered at most.
    private let peersMax: Int
    /// How long after its last message a worker may have stored something and died before it told it, in nanoseconds.
    private let heartbeatTimeout: Int64
    /// How long after its last message a worker counts as one of the fleet, in nanoseconds.
    private let silence: Int64
    private var peers: [WorkerID: Peer] = [:]
    /// Whether others can be heard at all.
    private let canHear: Bool
    /// Since when others would have been heard; nil before that.
    private var hearingTick: Int64?
    /// Since when nobody can be heard; nil while others can.
    private var deafTick: Int64?

    init(own: WorkerID, peersMax: Int, heartbeatTimeout: Duration, silence: Duration, canHear: Bool) {
        self.canHear = canHear
        self.own = own
        self.peersMax = max(1, peersMax)
        self.heartbeatTimeout = heartbeatTimeout.clampedNanoseconds
        self.silence = silence.clampedNanoseconds
    }

    /// Notes a message.
    mutating func hear(_ message: FleetMessage, tick: Int64) -> Verdict {
        guard message.sender != self.own else { return .own }
        if message.entries.contains(.leaving) {
            self.peers[message.sender] = nil
            return .inOrder
        }
        guard var peer = self.peers[message.sender] else {
            self.makeRoom(tick: tick)
            let toldTick = message.isHeartbeat ? nil : tick
            self.peers[message.sender] = Peer(number: message.number, heardTick: tick, toldTick: toldTick)
            // What it told before is older than the last comparison, or came while nobody listened.
            return .inOrder
        }
        peer.heardTick = tick
        peer.isSilent = false
        if !message.isHeartbeat { peer.toldTick = tick }
        defer { self.peers[message.sender] = peer }
        guard let last = peer.number else {
            peer.number = message.number
            return .inOrder
        }
        guard message.number > last else { return message.isHeartbeat ? .inOrder : .repeated }
        peer.number = message.number
        return message.number == last + 1 && !message.isHeartbeat ? .inOrder : .missed
    }

    /// The workers heard of within the silence, beside the own one; who cannot hear counts those that it could hear last.
    func count(tick: Int64) -> Int {
        let tick = self.deafTick ?? tick
        return self.peers.values.count { tick.subtractingSaturating($0.heardTick) < self.silence }
    }

    /// The workers that told something within the last second, beside the own one.
    func talkers(tick: Int64) -> Int {
        self.peers.values.count { peer in
            peer.toldTick.map { tick.subtractingSaturating($0) < Self.talkingNanoseconds } ?? false
        }
    }

    private static let talkingNanoseconds: Int64 = 1_000_000_000

    /// Whether nobody else is there, as far as can be known: a heartbeat would have been heard.
    ///
    /// Who can never hear anybody takes itself to be alone.
    func isAlone(tick: Int64) -> Bool {
        guard self.canHear else { return true }
        guard let hearingTick, self.count(tick: tick) == 0 else { return false }
        return (self.deafTick ?? tick).subtractingSaturating(hearingTick) >= self.heartbeatTimeout
    }

    /// Whether another worker has fallen silent since this was last asked: what it stored last it may not have told.
    mutating func noteSilence(tick: Int64) -> Bool {
        guard self.deafTick == nil else { return false }
        var hasFallenSilent = false
        for (id, peer) in self.peers
        where !peer.isSilent && tick.subtractingSaturating(peer.heardTick) >= self.heartbeatTimeout {
            self.peers[id]?.isSilent = true
            hasFallenSilent = true
        }
        return hasFallenSilent
    }

    /// Notes that nobody can be heard any more.
    mutating func loseHearing(tick: Int64) {
        self.deafTick = self.deafTick ?? tick
    }

    /// Notes that others can be heard again; which messages were heard before is forgotten, as what was missed until then is
    /// found by comparing.
    ///
    /// Whoever counted when the hearing was lost counts as heard of now.
    mutating func regainHearing(tick: Int64) {
        let counted = self.deafTick ?? tick
        // Who was alone stays so until it hears somebody: who comes new knows that it may not be.
        if !self.isAlone(tick: tick) { self.hearingTick = tick }
        self.deafTick = nil
        self.peers = self.peers.compactMapValues { peer in
            guard counted.subtractingSaturating(peer.heardTick) < self.silence else { return nil }
            return Peer(number: nil, heardTick: tick)
        }
    }

    private mutating func makeRoom(tick: Int64) {
        self.peers = self.peers.filter { tick.subtractingSaturating($0.value.heardTick) < self.silence }
        guard self.peers.count >= self.peersMax,
            let silent = self.peers.min(by: { $0.value.heardTick < $1.value.heardTick })
        else { return }
        self.peers[silent.key] = nil
    }
}
