/// Writes fields of one record or of the metadata into bytes that are zero, at any alignment.
struct WireWriter {
    /// The bytes of the whole record.
    let bytes: UnsafeMutableRawBufferPointer
    /// Where the bytes start in the uncompressed stream.
    let streamOffset: Int

    func set<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ value: Value) {
        self.bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    /// Writes ASCII text and leaves at least one NUL after it.
    func set(_ offset: Int, _ text: String, width: Int, name: StaticString) throws(DBNError) {
        guard text.utf8.count < width else {
            let message = "\(name) is \(text.utf8.count) bytes long; at most \(width - 1) fit"
            throw DBNError(.unencodable, message, at: self.streamOffset + offset)
        }
        guard text.utf8.allSatisfy({ $0 < 0x80 && $0 != 0 }) else {
            throw DBNError(.unencodable, "\(name) holds characters that are not ASCII", at: self.streamOffset + offset)
        }
        for (index, byte) in text.utf8.enumerated() {
            self.bytes[offset + index] = byte
        }
    }
}
