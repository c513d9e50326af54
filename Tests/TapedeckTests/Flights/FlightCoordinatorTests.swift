import Locking
import MarketData
import TestSupport
import Testing

@testable import Tapedeck

@Suite struct FlightCoordinatorTests {
    private typealias Coordinator = FlightCoordinator<String, Int>

    private let origin = RequestOrigin(client: "test", requestID: "1")

    private func range(_ start: Int64, _ end: Int64) throws -> TimeRange {
        try TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    /// Runs `body` beside a coordinator whose flights end when the gate opens.
    private func withCoordinator(
        flightsMax: Int = 8,
        _ body: @Sendable @escaping (Coordinator, Gate) async throws -> Void
    ) async throws {
        let coordinator = Coordinator(flightsMax: flightsMax, waitersMax: 100)
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await coordinator.run { order in
                    await gate.pass()
                    return order.flight.id
                }
            }
            try await body(coordinator, gate)
            gate.open()
            coordinator.stop()
            try await group.waitForAll()
        }
        #expect(coordinator.counts == (0, 0))
    }

    @Test func manyReadsOfOneRangeShareOneFlight() async throws {
        try await self.withCoordinator { coordinator, gate in
            let range = try self.range(0, 10)
            let outcomes = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await coordinator.wait(for: "ES", range, mode: .fetch, origin: self.origin).outcomes
                    }
                }
                while coordinator.counts.waiters < 50 { await Task.yield() }
                gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(outcomes == Array(repeating: [1], count: 50))
        }
    }

    @Test func cancelledReadEndsAtOnceAndTheFlightGoesOn() async throws {
        try await self.withCoordinator { coordinator, gate in
            let range = try self.range(0, 10)
            await withTaskGroup(of: TapedeckError.Code?.self) { group in
                group.addTask {
                    do {
                        _ = try await coordinator.wait(for: "ES", range, mode: .fetch, origin: self.origin)
                        return nil
                    } catch {
                        return (error as? TapedeckError)?.code
                    }
                }
                while coordinator.counts.waiters < 1 { await Task.yield() }
                group.cancelAll()
                #expect(await group.next() == .cancelled)
            }
            #expect(coordinator.counts == (1, 0))

            async let second = coordinator.wait(for: "ES", range, mode: .fetch, origin: self.origin)
            while coordinator.counts.waiters < 1 { await Task.yield() }
            gate.open()
            let waited = try await second
            #expect(waited.hasJoined && waited.outcomes == [1])
        }
    }

    @Test func readOfACancelledTaskIsRefused() async throws {
        try await self.withCoordinator { coordinator, _ in
            let range = try self.range(0, 10)
            let code = await withTaskGroup(of: TapedeckError.Code?.self) { group in
                group.cancelAll()
                group.addTask {
                    do {
                        _ = try await coordinator.wait(for: "ES", range, mode: .fetch, origin: self.origin)
                        return nil
                    } catch {
                        return (error as? TapedeckError)?.code
                    }
                }
                return await group.next() ?? nil
            }

            #expect(code == .cancelled)
        }
    }

    @Test func oneFlightTooManyIsRefused() async throws {
        try await self.withCoordinator(flightsMax: 1) { coordinator, gate in
            async let first = coordinator.wait(for: "ES", try self.range(0, 10), mode: .fetch, origin: self.origin)
            while coordinator.counts.waiters < 1 { await Task.yield() }

            await #expect {
                try await coordinator.wait(for: "NQ", try self.range(0, 10), mode: .fetch, origin: self.origin)
            } throws: {
                ($0 as? TapedeckError)?.code == .overloaded
            }
            gate.open()
            _ = try await first
        }
    }

    @Test func stoppedCoordinatorRefusesReadsAndFinishesFlights() async throws {
        try await self.withCoordinator { coordinator, gate in
            async let first = coordinator.wait(for: "ES", try self.range(0, 10), mode: .fetch, origin: self.origin)
            while coordinator.counts.waiters < 1 { await Task.yield() }
            coordinator.stop()

            await #expect {
                try await coordinator.wait(for: "ES", try self.range(0, 10), mode: .fetch, origin: self.origin)
            } throws: {
                ($0 as? TapedeckError)?.code == .shuttingDown
            }
            gate.open()
            #expect(try await first.outcomes == [1])
        }
    }

    @Test func readThatWaitsWhenTheRunIsCancelledBeforeItsFlightBeganIsEnded() async throws {
        let coordinator = Coordinator(flightsMax: 8, waitersMax: 8)
        async let read = coordinator.wait(for: "ES", try self.range(0, 10), mode: .fetch, origin: self.origin)
        while coordinator.counts.waiters < 1 { await Task.yield() }
        coordinator.stop()
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { await coordinator.run { $0.flight.id } }
        }

        let waited = try? await read.outcomes
        #expect(waited == nil || waited == [1])
        #expect(coordinator.counts == (0, 0))
    }

    @Test func randomReadsWithCancellationsAllEnd() async throws {
        let random = Locked(SeededRandom())
        let seed = random.withLock { $0.description }
        let coordinator = Coordinator(flightsMax: 50, waitersMax: 500)
        let ended = Locked(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await coordinator.run { order in
                    for _ in 0..<random.withLock({ Int.random(in: 0..<20, using: &$0) }) { await Task.yield() }
                    return order.flight.id
                }
            }
            await withTaskGroup(of: Void.self) { readers in
                for _ in 0..<400 {
                    readers.addTask {
                        let (start, length, gaveUp, mode) = random.withLock {
                            (
                                Int64.random(in: 0..<100, using: &$0), Int64.random(in: 1..<60, using: &$0),
                                Int.random(in: 0..<3, using: &$0) == 0, Int.random(in: 0..<6, using: &$0)
                            )
                        }
                        await withTaskGroup(of: Void.self) { one in
                            one.addTask {
                                guard let range = try? self.range(start, start + length) else { return }
                                _ = try? await coordinator.wait(
                                    for: "ES",
                                    range,
                                    mode: mode == 0 ? .refresh : .fetch,
                                    origin: self.origin
                                )
                                ended.withLock { $0 += 1 }
                            }
                            if gaveUp {
                                await Task.yield()
                                one.cancelAll()
                            }
                        }
                    }
                }
            }
            coordinator.stop()
            try await group.waitForAll()
        }

        #expect(ended.withLock { $0 } == 400, "\(seed)")
        #expect(coordinator.counts == (0, 0), "\(seed)")
    }
}
