package import MarketData
package import NIOCore

/// Writes JSON text straight into a byte buffer.
///
/// The caller keeps begin and end in balance and writes a key before each value of an object; commas are put by
/// themselves. Numbers are finite: everything that could be otherwise was refused when it was stored.
package struct JSONWriter {
    /// The text so far.
    package private(set) var buffer: ByteBuffer
    private var needsComma = false

    /// Starts with an empty buffer.
    package init(capacity: Int = 1024) {
        self.buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// Takes what was written, leaving an empty buffer of the same capacity behind; the text goes on where it was.
    package mutating func takeBuffer() -> ByteBuffer {
        let written = self.buffer
        self.buffer = ByteBufferAllocator().buffer(capacity: written.capacity)
        return written
    }

    /// Opens an object.
    package mutating func beginObject() {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "{"))
        self.needsComma = false
    }

    /// Closes an object.
    package mutating func endObject() {
        self.buffer.writeInteger(UInt8(ascii: "}"))
        self.needsComma = true
    }

    /// Opens an array.
    package mutating func beginArray() {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "["))
        self.needsComma = false
    }

    /// Closes an array.
    package mutating func endArray() {
        self.buffer.writeInteger(UInt8(ascii: "]"))
        self.needsComma = true
    }

    /// Writes a key; it needs no escaping.
    package mutating func key(_ name: StaticString) {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        self.buffer.writeStaticString(name)
        self.buffer.writeStaticString("\":")
        self.needsComma = false
    }

    /// Writes a text.
    package mutating func value(_ text: String) {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case 0x22: self.buffer.writeStaticString("\\\"")
            case 0x5C: self.buffer.writeStaticString("\\\\")
            case 0x0A: self.buffer.writeStaticString("\\n")
            case 0x0D: self.buffer.writeStaticString("\\r")
            case 0x09: self.buffer.writeStaticString("\\t")
            case 0..<0x20:
                self.buffer.writeStaticString("\\u00")
                self.buffer.writeInteger(Self.hexDigit(byte >> 4))
                self.buffer.writeInteger(Self.hexDigit(byte & 15))
            default: self.buffer.writeInteger(byte)
            }
        }
        self.buffer.writeInteger(UInt8(ascii: "\""))
        self.needsComma = true
    }

    /// Writes true or false.
    package mutating func value(_ flag: Bool) {
        self.write { $0.literal(flag ? "true" : "false") }
    }

    /// Writes an integer.
    package mutating func value(_ integer: Int64) {
        self.write { $0.integer(integer) }
    }

    /// Writes an integer.
    package mutating func value(_ integer: Int) {
        self.value(Int64(integer))
    }

    /// Writes a finite number, shortest; anything else as null.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return self.null() }
        self.write { $0.decimal(number) }
    }

    /// Writes a number, or null.
    package mutating func value(_ number: Double?) {
        if let number { self.value(number) } else { self.null() }
    }

    /// Writes an integer, or null.
    package mutating func value(_ integer: Int?) {
        if let integer { self.value(integer) } else { self.null() }
    }

    /// Writes a text, or null.
    package mutating func value(_ text: String?) {
        if let text { self.value(text) } else { self.null() }
    }

    /// Writes a time as RFC 3339 in UTC.
    package mutating func value(_ timestamp: Timestamp) {
        self.write { pen in
            pen.literal("\"")
            pen.time(timestamp)
            pen.literal("\"")
        }
    }

    /// Writes a time, or null.
    package mutating func value(_ timestamp: Timestamp?) {
        if let timestamp { self.value(timestamp) } else { self.null() }
    }

    /// Writes null.
    package mutating func null() {
        self.write { $0.literal("null") }
    }

    /// Writes `{"t","o","h","l","c","v","final","rev"}`.
    package mutating func value(_ bar: Bar) {
        self.write { pen in
            pen.literal("{\"t\":\"")
            pen.time(bar.timestamp)
            pen.literal("\",\"o\":")
            pen.decimal(bar.open)
            pen.literal(",\"h\":")
            pen.decimal(bar.high)
            pen.literal(",\"l\":")
            pen.decimal(bar.low)
            pen.literal(",\"c\":")
            pen.decimal(bar.close)
            pen.literal(",\"v\":")
            pen.decimal(bar.volume)
            pen.literal(bar.isFinal ? ",\"final\":true,\"rev\":" : ",\"final\":false,\"rev\":")
            pen.integer(Int64(bar.revision))
            pen.literal("}")
        }
    }

    /// Writes one value of at most 320 bytes: a bar with five numbers of up to 24 digits has 240.
    private mutating func write(_ body: (inout TextPen) -> Void) {
        self.separate()
        self.buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 320) { bytes in
            var pen = TextPen(bytes)
            body(&pen)
            return pen.count
        }
        self.needsComma = true
    }

    private mutating func separate() {
        if self.needsComma { self.buffer.writeInteger(UInt8(ascii: ",")) }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
    }
}
