import MarketData
import Testing

@testable import Providers

@Suite struct HTTPDateTests {
    @Test func theOneFormThatServersWriteIsRead() throws {
        #expect(HTTPDate.time("Sun, 06 Nov 1994 08:49:37 GMT") == (try Timestamp(parsing: "1994-11-06T08:49:37Z")))
    }

    @Test(arguments: [
        "", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
    ])
    func anythingElseIsNoTime(_ text: String) {
        #expect(HTTPDate.time(text) == nil)
    }
}
