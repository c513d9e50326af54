import Testing

@testable import Providers

@Suite struct HTTPHeadReaderTests {
    @Test func interimAnswersAndTrailersArePassedOver() {
        var reader = HTTPHeadReader(bytesMax: 1_000)

        #expect(self.read("HTTP/1.1 100 Continue\r\n", with: &reader) == .more)
        #expect(self.read("\r\n", with: &reader) == .more)
        #expect(self.read("HTTP/1.1 206 Partial Content\r\n", with: &reader) == .more)
        #expect(self.read("Transfer-Encoding: chunked\r\n", with: &reader) == .more)
        #expect(self.read("X-Warning: one\r\n", with: &reader) == .more)
        #expect(self.read("x-warning: two\r\n", with: &reader) == .more)
        guard case .complete(let head) = self.read("\r\n", with: &reader) else {
            Issue.record("the head is not complete")
            return
        }

        #expect(head.status == 206)
        #expect(head["x-warning"] == "one, two")
        #expect(head.isBodyDelimited)
        #expect(self.read("Trailer: late\r\n", with: &reader) == .more)
    }

    @Test func aBodyWithoutALengthIsNotDelimited() {
        var reader = HTTPHeadReader(bytesMax: 1_000)

        _ = self.read("HTTP/1.0 200 OK\r\n", with: &reader)
        let step = self.read("\r\n", with: &reader)

        #expect(step == .complete(HTTPHead(status: 200, fields: [:])))
        #expect(!HTTPHead(status: 200, fields: [:]).isBodyDelimited)
    }

    @Test(arguments: ["", "FTP/1.1 200 OK\r\n", "HTTP/1.1 abc\r\n", "Name: before the status\r\n"])
    func whatIsNoHeadIsRefused(line: String) {
        var reader = HTTPHeadReader(bytesMax: 1_000)

        #expect(self.read(line, with: &reader) == .malformed)
    }

    @Test func aHeadThatIsTooLongIsRefused() {
        var reader = HTTPHeadReader(bytesMax: 40)

        _ = self.read("HTTP/1.1 200 OK\r\n", with: &reader)

        #expect(self.read("Name: \(String(repeating: "x", count: 40))\r\n", with: &reader) == .malformed)
    }

    private func read(_ line: String, with reader: inout HTTPHeadReader) -> HTTPHeadReader.Step {
        [UInt8](line.utf8).withUnsafeBytes { reader.read($0) }
    }
}
