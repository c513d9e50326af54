import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct AdmissionStateTests {
    private func limits(_ change: (inout AdmissionLimits) -> Void) -> AdmissionLimits {
        var limits = AdmissionLimits()
        change(&limits)
        return limits
    }

    @Test func aClientThatAsksTooOftenIsToldWhenToComeBackAndOthersAreNotHeldUp() {
        var state = AdmissionState(
            self.limits {
                $0.clientRateMax = 2
                $0.clientBurstMax = 1
            }
        )

        #expect(state.begin(.bot("alpha"), at: .zero) == .admitted(.source(.bot("alpha"))))
        #expect(state.begin(.bot("alpha"), at: .zero) == .tooFast(.milliseconds(500)))
        #expect(state.begin(.bot("beta"), at: .zero) == .admitted(.source(.bot("beta"))))
        #expect(state.begin(.bot("alpha"), at: .milliseconds(500)) == .admitted(.source(.bot("alpha"))))
    }

    @Test func placesAreLimitedForAClientAndForAll() {
        var state = AdmissionState(
            self.limits {
                $0.requestsMax = 3
                $0.clientRequestsMax = 2
            }
        )
        for _ in 0..<2 { _ = state.begin(.admin, at: .zero) }

        #expect(state.begin(.admin, at: .zero) == .clientIsBusy)
        #expect(state.begin(.bot("alpha"), at: .zero) == .admitted(.source(.bot("alpha"))))
        #expect(state.begin(.bot("beta"), at: .zero) == .workerIsBusy)
        state.end(.source(.admin))
        #expect(state.begin(.bot("beta"), at: .zero) == .admitted(.source(.bot("beta"))))
    }

    @Test func aNameThatIsAnAddressIsAnotherClient() {
        var state = AdmissionState(self.limits { $0.clientRequestsMax = 1 })
        let sources: [RequestSource] = [.address("x"), .named("x"), .bot("x")]

        for source in sources { #expect(state.begin(source, at: .zero) == .admitted(.source(source))) }
    }

    @Test func clientsWithoutRoomShareOneAllowanceUntilOthersAreQuiet() {
        var state = AdmissionState(
            self.limits {
                $0.clientsMax = 1
                $0.clientRateMax = 1
                $0.clientBurstMax = 1
            }
        )

        #expect(state.begin(.named("a"), at: .zero) == .admitted(.source(.named("a"))))
        #expect(state.begin(.named("b"), at: .zero) == .admitted(.others))
        #expect(state.begin(.named("c"), at: .zero) == .tooFast(.seconds(1)))
        state.end(.source(.named("a")))
        state.end(.others)
        #expect(state.begin(.named("c"), at: .seconds(1)) == .admitted(.source(.named("c"))))
        #expect(state.clientCount == 1)
    }

    @Test func noLimitIsPassedAndNothingIsLeftWhenAllRequestsEnd() {
        var random = SeededRandom()
        for _ in 0..<50 {
            let limits = self.limits {
                $0.requestsMax = .random(in: 1...20, using: &random)
                $0.clientRequestsMax = .random(in: 1...8, using: &random)
                $0.clientRateMax = .random(in: 1...100, using: &random)
                $0.clientBurstMax = .random(in: 1...10, using: &random)
                $0.clientsMax = .random(in: 1...5, using: &random)
            }
            var state = AdmissionState(limits)
            var underWay: [AdmissionState.Key] = []
            var now = Duration.zero
            for _ in 0..<300 {
                now += .milliseconds(Int.random(in: 0...40, using: &random))
                if Bool.random(using: &random), let index = underWay.indices.randomElement(using: &random) {
                    state.end(underWay.remove(at: index))
                }
                let source = RequestSource.named("\(Int.random(in: 0..<9, using: &random))")
                if case .admitted(let key) = state.begin(source, at: now) { underWay.append(key) }

                let most = Dictionary(grouping: underWay, by: { $0 }).values.map(\.count).max() ?? 0
                #expect(underWay.count <= limits.requestsMax && most <= limits.clientRequestsMax, "\(random)")
                // The shared allowance is one more than those told apart.
                #expect(state.clientCount <= limits.clientsMax + 1, "\(random)")
                #expect(state.requestCount == underWay.count, "\(random)")
            }
            for key in underWay { state.end(key) }
            #expect(state.requestCount == 0, "\(random)")
        }
    }
}
