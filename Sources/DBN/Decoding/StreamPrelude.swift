/// What the first bytes of an input say it is.
enum StreamPrelude: Equatable {
    case raw
    case zstd
    /// The format before DBN: a zstd stream with its metadata in a skippable frame.
    case legacyDBZ
    case unknown

    /// The bytes that are enough for an answer in every case.
    static let bytesMax = 11

    private static let dbn: [UInt8] = Array("DBN".utf8)
    private static let dbz: [UInt8] = Array("DBZ".utf8)
    private static let zstdMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// Looks at the first bytes; nil when more are needed.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 4 else { return nil }
        if bytes.starts(with: Self.dbn) {
            self = .raw
        } else if bytes.starts(with: Self.dbz) {
            self = .legacyDBZ
        } else if bytes.starts(with: Self.zstdMagic) {
            self = .zstd
        } else if bytes[0] & 0xF0 == 0x50, bytes[1...3].elementsEqual([0x2A, 0x4D, 0x18]) {
            // A skippable frame: its magic, its length, and in the old format the old magic.
            guard bytes.count >= Self.bytesMax else { return nil }
            self = bytes[8...].starts(with: Self.dbz) ? .legacyDBZ : .zstd
        } else {
            self = .unknown
        }
    }
}
