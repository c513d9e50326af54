/// Where the fields of the metadata are; offsets count from the start of the stream.
enum MetadataLayout {
    /// Magic, version, and the length of what follows.
    static let preludeBytes = 8
    /// The part of a fixed size that follows the prelude, up to the lists.
    static let fixedBytes = lists - preludeBytes
    /// A 16-byte field, its NUL included.
    static let dataset = (offset: 8, width: 16)
    static let schema = 24
    static let start = 26
    static let end = 34
    static let limit = 42
    static let schemaDefinitionLength = 108
    static let lists = 112

    /// Version 1 has the number of records here, which is not used.
    static func stypeIn(version: UInt8) -> Int { version == 1 ? 58 : 50 }
    static func stypeOut(version: UInt8) -> Int { version == 1 ? 59 : 51 }
    static func tsOut(version: UInt8) -> Int { version == 1 ? 60 : 52 }

    /// Version 1 has no such field: its symbols take 22 bytes.
    static let symbolBytes = 53
    static let symbolBytesV1 = 22

    static let noSchema = UInt16.max
    static let noTimestamp = UInt64.max
}
