import TestSupport
import Testing

@testable import Providers

@Suite(.enabled(if: VendorStandIn.isAvailable, "\(VendorStandIn.requirement)"))
struct CurlClientTests {
    @Test func aFullBufferHoldsTheServerBackAndNothingIsLost() async throws {
        try await VendorStandIn.with { standIn in
            var configuration = CurlClient.Configuration()
            configuration.bufferedBytesMax = 65_536
            let client = try CurlClient(configuration)
            let request = self.records(standIn, "2026-01-12T00:00:00", "2026-01-13T00:00:00")

            let (byteCount, highest) = try await client.send(request) { transfer in
                _ = try await transfer.head()
                // The server has sent far more than the buffer holds before anything is taken.
                #expect(try await standIn.wait(outcome: "complete", bytesSent: 300_000))
                var byteCount = 0
                while let chunk = try await transfer.next() { byteCount += chunk.count }
                return (byteCount, transfer.bufferedBytesHighest)
            }

            let sent = try await standIn.log().last?.bytes_sent
            #expect(byteCount == sent)
            #expect(highest > 0 && highest <= 65_536)
        }
    }

    @Test func aConnectionIsUsedAgain() async throws {
        try await VendorStandIn.with { standIn in
            let client = try CurlClient(CurlClient.Configuration())
            for _ in 0..<3 {
                let status = try await client.send(self.datasets(standIn)) { transfer in
                    let status = try await transfer.head().status
                    _ = try await transfer.body(bytesMax: 10_000)
                    return status
                }
                #expect(status == 200)
            }

            #expect(Set(try await standIn.log().map(\.connection)).count == 1)
        }
    }

    @Test func leavingTheClosureEndsTheTransfer() async throws {
        try await VendorStandIn.with { standIn in
            let client = try CurlClient(CurlClient.Configuration())
            try await standIn.post("faults", #"{"after_records":10,"ending":"stall"}"#)

            let status = try await client.send(self.records(standIn, "2026-01-12", "2026-01-13")) { transfer in
                try await transfer.head().status
            }

            #expect(status == 200)
            #expect(try await standIn.wait(outcome: "aborted_by_client"))
        }
    }

    @Test func cancellationEndsATransferThatHasNoAnswerYet() async throws {
        try await VendorStandIn.with { standIn in
            let client = try CurlClient(CurlClient.Configuration())
            try await standIn.post("faults", #"{"endpoint":"*","delay_ms":60000}"#)
            let request = self.datasets(standIn)
            let task = Task { try await client.send(request) { try await $0.head().status } }
            #expect(try await standIn.wait(outcome: "in_progress"))

            task.cancel()

            await #expect(throws: HTTPError(.cancelled, "the transfer was cancelled")) { _ = try await task.value }
            #expect(try await standIn.wait(outcome: "aborted_by_client"))
        }
    }

    @Test func tooManyTransfersAreRefusedAndRoomIsGivenBack() async throws {
        try await VendorStandIn.with { standIn in
            var configuration = CurlClient.Configuration()
            configuration.transfersMax = 1
            let client = try CurlClient(configuration)
            try await standIn.post("faults", #"{"endpoint":"*","delay_ms":60000}"#)
            let request = self.datasets(standIn)
            let first = Task { try await client.send(request) { try await $0.head().status } }
            #expect(try await standIn.wait(outcome: "in_progress"))

            let error = await #expect(throws: HTTPError.self) {
                try await client.send(request) { try await $0.head().status }
            }
            first.cancel()
            _ = try? await first.value
            #expect(try await standIn.wait(outcome: "aborted_by_client"))
            // The thread gives the room back before it closes the connection.
            let status = try await client.send(request) { try await $0.head().status }

            #expect(error?.code == .overloaded)
            #expect(status == 200)
        }
    }

    @Test func closingFailsWhatIsUnderWayAndWhatComesLater() async throws {
        try await VendorStandIn.with { standIn in
            let client = try CurlClient(CurlClient.Configuration())
            try await standIn.post("faults", #"{"endpoint":"*","delay_ms":60000}"#)
            let request = self.datasets(standIn)
            let task = Task { try await client.send(request) { try await $0.head().status } }
            #expect(try await standIn.wait(outcome: "in_progress"))

            client.close()

            let first = await #expect(throws: HTTPError.self) { _ = try await task.value }
            let second = await #expect(throws: HTTPError.self) {
                _ = try await client.send(request) { try await $0.head() }
            }
            #expect(first?.code == .closed)
            #expect(second?.code == .closed)
        }
    }

    @Test func aDeadlineEndsASlowRequest() async throws {
        try await VendorStandIn.with { standIn in
            let client = try CurlClient(CurlClient.Configuration())
            try await standIn.post("faults", #"{"endpoint":"*","delay_ms":60000}"#)
            let request = self.datasets(standIn, deadline: .milliseconds(50))

            let error = await #expect(throws: HTTPError.self) {
                _ = try await client.send(request) { try await $0.head() }
            }

            #expect(error?.code == .timedOut)
        }
    }

    @Test func aBodyThatIsTooLongIsRefused() async throws {
        try await VendorStandIn.with { standIn in
            let client = try CurlClient(CurlClient.Configuration())

            let error = await #expect(throws: HTTPError.self) {
                _ = try await client.send(self.datasets(standIn)) { try await $0.body(bytesMax: 5) }
            }

            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: ["ftp://127.0.0.1/", "http://127.0.0.1:99999/", "nonsense://x"])
    func anAddressThatCannotBeUsedIsABadRequest(url: String) async throws {
        let client = try CurlClient(CurlClient.Configuration())
        let request = HTTPRequest(url: url, form: nil, user: nil, headers: [], deadline: nil)

        let error = await #expect(throws: HTTPError.self) { _ = try await client.send(request) { try await $0.head() } }

        #expect(error?.code == .badRequest)
    }

    @Test func manyTransfersShareTheThreadAndItsConnections() async throws {
        try await VendorStandIn.with { standIn in
            var configuration = CurlClient.Configuration()
            configuration.connectionsMax = 4
            let client = try CurlClient(configuration)
            let request = self.datasets(standIn)

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await client.send(request) { transfer in
                            _ = try await transfer.body(bytesMax: 10_000)
                            return try await transfer.head().status
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(statuses == Array(repeating: 200, count: 100))
            #expect(Set(try await standIn.log().map(\.connection)).count <= 4)
        }
    }

    private func datasets(_ standIn: VendorStandIn, deadline: Duration? = nil) -> HTTPRequest {
        HTTPRequest(
            url: "\(standIn.baseURL)/v0/metadata.list_datasets",
            form: nil,
            user: VendorStandIn.key,
            headers: [],
            deadline: deadline
        )
    }

    private func records(_ standIn: VendorStandIn, _ start: String, _ end: String) -> HTTPRequest {
        let form = formEncoded([
            ("dataset", "GLBX.MDP3"), ("symbols", "ESH6"), ("schema", "ohlcv-1s"), ("start", start), ("end", end),
            ("encoding", "dbn"), ("compression", "none"),
        ])
        return HTTPRequest(
            url: "\(standIn.baseURL)/v0/timeseries.get_range",
            form: form,
            user: VendorStandIn.key,
            headers: ["Expect:"],
            deadline: nil
        )
    }
}
