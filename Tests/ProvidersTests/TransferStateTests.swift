import Testing

@testable import Providers

@Suite struct TransferStateTests {
    @Test func bytesWaitUpToTheLimitAndThenTheTransferPauses() {
        var state = TransferState(bufferedBytesMax: 10)

        #expect(self.receive(6, &state) == .taken)
        #expect(self.receive(5, &state) == .pause)
        #expect(state.bufferedBytesHighest == 6)
        guard case .value(let chunk, let resumes) = state.supplyChunk() else {
            Issue.record("nothing was supplied")
            return
        }
        #expect(chunk.count == 6)
        #expect(resumes)
        #expect(self.receive(5, &state) == .taken)
    }

    @Test func aChunkLargerThanTheLimitPassesAlone() {
        var state = TransferState(bufferedBytesMax: 10)

        #expect(self.receive(20, &state) == .taken)
        #expect(self.receive(1, &state) == .pause)
    }

    @Test func aTransferIsResumedOnceHalfOfTheBufferIsFree() {
        var state = TransferState(bufferedBytesMax: 10)
        for _ in 0..<10 { _ = self.receive(1, &state) }
        #expect(self.receive(1, &state) == .pause)

        var resumptions: [Bool] = []
        for _ in 0..<10 {
            if case .value(_, let resumes) = state.supplyChunk() { resumptions.append(resumes) }
        }

        #expect(resumptions == [false, false, false, false, true, false, false, false, false, false])
    }

    @Test func whatCameBeforeAFailureIsSuppliedBeforeIt() {
        var state = TransferState(bufferedBytesMax: 10)
        _ = self.receive(3, &state)
        state.end(.failure(HTTPError(.cut, "cut")))
        state.end(.success(()))

        guard case .value(let chunk, _) = state.supplyChunk(), case .failed(let error) = state.supplyChunk() else {
            Issue.record("the chunk or the failure is missing")
            return
        }
        #expect(chunk.count == 3)
        #expect(error.code == .cut)
        #expect(self.receive(1, &state) == .refuse)
    }

    @Test func anEndWithoutAHeadIsAFailureForWhoWaitsForTheHead() {
        var state = TransferState(bufferedBytesMax: 10)
        guard case .wait = state.supplyHead() else {
            Issue.record("a head came from nowhere")
            return
        }

        state.end(.success(()))

        guard case .failed(let error) = state.supplyHead() else {
            Issue.record("the missing head is no failure")
            return
        }
        #expect(error.code == .malformed)
    }

    private func receive(_ count: Int, _ state: inout TransferState) -> TransferState.Delivery {
        [UInt8](repeating: 7, count: count).withUnsafeBytes { state.receive($0) }
    }
}
