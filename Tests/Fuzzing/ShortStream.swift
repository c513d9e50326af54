/// DBN streams without symbols, of which an input holds only what is interesting.
enum ShortStream {
    /// The bytes of metadata without symbols, and the offsets in them.
    private static let metadataBytes = 128

    /// The stream that an input stands for.
    ///
    /// One that begins with 1, 2 or 3 stands for a stream of this version, so that a few bytes reach what is behind the
    /// metadata. In its next byte the lowest bit says whether records have send times, the next whether zeros fill up the
    /// last record; then come the records. Any other input is the stream itself.
    static func expanded(_ input: [UInt8]) -> [UInt8] {
        guard let version = input.first, (1...3).contains(version), input.count >= 2 else { return input }
        var stream = Array("DBN".utf8) + [version] + [UInt8](repeating: 0, count: Self.metadataBytes - 4)
        stream[4] = UInt8(Self.metadataBytes - 8)
        stream[8] = UInt8(ascii: "D")
        stream[53] = version == 1 ? 0 : 71
        stream[version == 1 ? 60 : 52] = input[1] & 1
        stream += input[2...]
        return input[1] & 2 == 0 ? stream : Self.filledUp(stream)
    }

    private static func filledUp(_ stream: [UInt8]) -> [UInt8] {
        var end = Self.metadataBytes
        while end < stream.count, stream[end] > 0 { end += Int(stream[end]) * 4 }
        return stream + [UInt8](repeating: 0, count: max(0, end - stream.count))
    }
}
