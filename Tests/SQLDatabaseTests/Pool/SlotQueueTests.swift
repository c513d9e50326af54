import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct SlotQueueTests {
    @Test func slotsAreGrantedUntilNoneIsFree() {
        var queue = SlotQueue<Int>(slotsMax: 2, waitersMax: 1)

        expect(queue.enter(1, 1).isGranted)
        expect(queue.takeFreeSlot())
        expect(!queue.takeFreeSlot())
        expect(queue.enter(2, 2).isWaiting)
        #expect(queue.slotsInUse == 2)
    }

    @Test func waitersAreServedInTheirOrder() {
        var queue = SlotQueue<Int>(slotsMax: 1, waitersMax: 3)
        for id in 0...3 {
            _ = queue.enter(UInt64(id), id)
        }

        expect(queue.leave() == 1)
        expect(queue.giveUp(2, isRefusal: false) == 2)
        expect(queue.leave() == 3)
        expect(queue.leave() == nil)
        #expect(queue.slotsInUse == 0)
    }

    @Test func nobodyOvertakesAWaiter() {
        var queue = SlotQueue<Int>(slotsMax: 1, waitersMax: 3)
        _ = queue.takeFreeSlot()
        _ = queue.enter(1, 1)

        expect(queue.leave() == 1)
        expect(!queue.takeFreeSlot())
    }

    @Test func callerBeyondTheWaitersIsRefusedAndCounted() {
        var queue = SlotQueue<Int>(slotsMax: 1, waitersMax: 1)
        _ = queue.enter(1, 1)
        _ = queue.enter(2, 2)

        expect(queue.enter(3, 3).refusal == .poolExhausted)
        #expect(queue.refusals == 1)
        #expect(queue.waiterCount == 1)
    }

    @Test func waiterThatWasServedCannotGiveUp() {
        var queue = SlotQueue<Int>(slotsMax: 1, waitersMax: 1)
        _ = queue.enter(1, 1)
        _ = queue.enter(2, 2)
        _ = queue.leave()

        expect(queue.giveUp(2, isRefusal: true) == nil)
        #expect(queue.refusals == 0)
    }

    @Test func closedQueueLetsNobodyIn() {
        var queue = SlotQueue<Int>(slotsMax: 2, waitersMax: 1)
        _ = queue.takeFreeSlot()
        _ = queue.takeFreeSlot()
        _ = queue.enter(1, 1)

        expect(queue.close() == [1])
        expect(queue.enter(2, 2).refusal == .closed)
        expect(queue.leave() == nil)
        expect(!queue.takeFreeSlot())
        #expect(queue.slotsInUse == 1)
    }

    @Test func noSlotIsLostOrLentTwice() {
        var random = SeededRandom()
        var queue = SlotQueue<UInt64>(slotsMax: 3, waitersMax: 5)
        var holding: Set<UInt64> = []
        var waiting: [UInt64] = []
        for id in UInt64(0)..<2_000 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                switch queue.enter(id, id) {
                case .granted: holding.insert(id)
                case .waiting: waiting.append(id)
                case .refused: #expect(waiting.count == 5, "\(random)")
                }
            case 2 where !waiting.isEmpty:
                let id = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))
                expect(queue.giveUp(id, isRefusal: false) == id, "\(random)")
            default:
                guard let leaving = holding.first else { continue }
                holding.remove(leaving)
                if let next = queue.leave() {
                    expect(waiting.removeFirst() == next, "\(random)")
                    holding.insert(next)
                }
            }
            #expect(queue.slotsInUse == holding.count && holding.count <= 3, "\(random)")
            #expect(waiting.isEmpty || holding.count == 3, "\(random)")
        }
    }
}

extension SlotQueue.Entry {
    fileprivate var isGranted: Bool {
        if case .granted = self { true } else { false }
    }

    fileprivate var isWaiting: Bool {
        if case .waiting = self { true } else { false }
    }

    fileprivate var refusal: SQLError.Code? {
        if case .refused(let code) = self { code } else { nil }
    }
}

/// `#expect` for a call that changes its object.
private func expect(_ condition: Bool, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, comment, sourceLocation: sourceLocation)
}
