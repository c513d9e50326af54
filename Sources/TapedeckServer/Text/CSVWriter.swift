package import MarketData
package import NIOCore

/// Writes bars and quotes as comma-separated lines with a header line.
package struct CSVWriter {
    /// The text so far.
    package private(set) var buffer: ByteBuffer

    /// Starts with an empty buffer.
    package init(capacity: Int = 1024) {
        self.buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// Takes what was written, leaving an empty buffer of the same capacity behind.
    package mutating func takeBuffer() -> ByteBuffer {
        let written = self.buffer
        self.buffer = ByteBufferAllocator().buffer(capacity: written.capacity)
        return written
    }

    /// The header of bars: the keys that a bar has in JSON.
    package mutating func barHeader() {
        self.buffer.writeStaticString("t,o,h,l,c,v,final,rev\n")
    }

    /// One bar.
    package mutating func bar(_ bar: Bar) {
        self.line { pen in
            pen.time(bar.timestamp)
            for number in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
                pen.literal(",")
                pen.decimal(number)
            }
            pen.literal(bar.isFinal ? ",true," : ",false,")
            pen.integer(Int64(bar.revision))
        }
    }

    /// The header of quotes.
    package mutating func quoteHeader() {
        self.buffer.writeStaticString("t,bid,ask,bid_size,ask_size\n")
    }

    /// One quote; a side without an order is empty.
    package mutating func quote(_ quote: Quote) {
        self.line { pen in
            pen.time(quote.timestamp)
            for number in [quote.bidPrice, quote.askPrice, quote.bidSize, quote.askSize] {
                pen.literal(",")
                if let number { pen.decimal(number) }
            }
        }
    }

    /// Writes one line of at most 320 bytes.
    private mutating func line(_ body: (inout TextPen) -> Void) {
        self.buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 320) { bytes in
            var pen = TextPen(bytes)
            body(&pen)
            pen.literal("\n")
            return pen.count
        }
    }
}
