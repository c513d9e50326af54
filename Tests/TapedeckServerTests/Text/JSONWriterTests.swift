import Foundation
import MarketData
import NIOCore
import Testing

@testable import TapedeckServer

@Suite struct JSONWriterTests {
    @Test func textOfAllKindsReadsBackEqual() throws {
        let text = "quote \" backslash \\ newline \n tab \t return \r bell \u{7} null \u{0} é 漢 🙂 </script>"
        var json = JSONWriter()
        json.beginArray()
        json.value(text)
        json.endArray()

        let read = try JSONSerialization.jsonObject(with: Data(buffer: json.buffer)) as? [String]

        #expect(read == [text])
    }

    @Test func commasStandBetweenValuesOnly() {
        var json = JSONWriter()
        json.beginObject()
        json.key("a")
        json.beginArray()
        json.endArray()
        json.key("b")
        json.beginArray()
        json.value(1)
        json.value(true)
        json.null()
        json.beginObject()
        json.endObject()
        json.value(2.5)
        json.endArray()
        json.key("c")
        json.value(Optional<Double>.none)
        json.endObject()

        #expect(String(buffer: json.buffer) == #"{"a":[],"b":[1,true,null,{},2.5],"c":null}"#)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func numbersThatJSONLacksAreNull(number: Double) {
        var json = JSONWriter()
        json.value(number)

        #expect(String(buffer: json.buffer) == "null")
    }

    @Test func theLongestBarFits() {
        let extreme = -Double.leastNormalMagnitude * 1.234_567_890_123_456
        var json = JSONWriter()
        json.value(
            Bar(
                timestamp: Timestamp(nanoseconds: Timestamp.latest.nanoseconds - 1),
                open: extreme,
                high: extreme,
                low: extreme,
                close: extreme,
                volume: extreme,
                revision: .min,
                isFinal: false
            )
        )

        #expect(json.buffer.readableBytes > 200)
        #expect(json.buffer.readableBytes <= 320)
    }

    @Test func textGoesOnWhereItWasAfterItsBufferWasTaken() {
        var json = JSONWriter()
        json.beginArray()
        json.value(1)
        let first = json.takeBuffer()
        json.value(2)
        json.endArray()

        #expect(String(buffer: first) + String(buffer: json.buffer) == "[1,2]")
    }
}

extension Data {
    /// The readable bytes of a buffer.
    init(buffer: ByteBuffer) {
        self.init(buffer.readableBytesView)
    }
}
