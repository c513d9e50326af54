/// Reads fields of one record or of the metadata, at any alignment.
///
/// The caller has checked that `bytes` is long enough for the layout that it reads.
struct WireReader {
    /// The bytes of the whole record.
    let bytes: UnsafeRawBufferPointer
    /// Where the bytes start in the uncompressed stream.
    let streamOffset: Int

    @inline(__always)
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Value.Type = Value.self) -> Value {
        assert(offset >= 0 && offset + MemoryLayout<Value>.size <= self.bytes.count)
        return Value(littleEndian: self.bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The bytes before the first NUL in a field of a fixed width.
    private func textBytes(_ offset: Int, width: Int) -> UnsafeRawBufferPointer {
        let field = UnsafeRawBufferPointer(rebasing: self.bytes[offset..<offset + width])
        guard let end = field.firstIndex(of: 0) else { return field }
        return UnsafeRawBufferPointer(rebasing: field[..<end])
    }

    /// Text for people: bytes that are not UTF-8 are replaced.
    func message(_ offset: Int, width: Int) -> String {
        String(decoding: self.textBytes(offset, width: width), as: UTF8.self)
    }

    /// Text that is compared, such as a symbol: bytes that are not ASCII are refused with `code`.
    func name(_ offset: Int, width: Int, code: DBNError.Code) throws(DBNError) -> String {
        let text = self.textBytes(offset, width: width)
        guard text.allSatisfy({ $0 < 0x80 }) else {
            throw DBNError(code, "a name holds bytes that are not ASCII", at: self.streamOffset + offset)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A symbol or another short name in a record.
    func name(_ offset: Int, width: Int) throws(DBNError) -> String {
        try self.name(offset, width: width, code: .corruptRecord)
    }
}
