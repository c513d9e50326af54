/// An error of the DBN reader or writer.
public struct DBNError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure happened, and what a caller can do about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case notDBN, legacyDBZ, unsupportedVersion, corruptMetadata, corruptRecord, corruptCompression, truncated
            case limitExceeded, unencodable, outOfMemory
        }

        private let value: Value

        /// The input is not DBN at all: it starts with other bytes, or it is a fragment without metadata.
        public static let notDBN = Self(value: .notDBN)
        /// The input is in the format that came before DBN, which is not read: convert it with the vendor's tools.
        public static let legacyDBZ = Self(value: .legacyDBZ)
        /// The input is DBN of a version that is not read.
        public static let unsupportedVersion = Self(value: .unsupportedVersion)
        /// The metadata contradict themselves.
        public static let corruptMetadata = Self(value: .corruptMetadata)
        /// A record contradicts itself.
        public static let corruptRecord = Self(value: .corruptRecord)
        /// The zstd layer is damaged.
        ///
        /// `byteOffset` is the number of compressed bytes that were accepted before the piece in which it showed.
        public static let corruptCompression = Self(value: .corruptCompression)
        /// The input ended inside the metadata, a record or a zstd frame: the rest is missing.
        ///
        /// `byteOffset` is where the incomplete thing starts; with an open zstd frame it is the number of compressed
        /// bytes that arrived.
        public static let truncated = Self(value: .truncated)
        /// The input needs more memory than `DBNDecoder.Limits` allow, or nobody took the encoder's output.
        public static let limitExceeded = Self(value: .limitExceeded)
        /// A value does not fit into version 3.
        ///
        /// `byteOffset` is where it would have been written.
        public static let unencodable = Self(value: .unencodable)
        /// The system has no memory left.
        public static let outOfMemory = Self(value: .outOfMemory)

        /// The name of the code.
        public var description: String { self.value.rawValue }
    }

    /// What kind of failure happened.
    public let code: Code
    /// What was wrong, and what would have been right.
    public let message: String
    /// Where it was wrong, in bytes of the uncompressed stream unless the code says otherwise.
    public let byteOffset: Int

    init(_ code: Code, _ message: String, at byteOffset: Int) {
        self.code = code
        self.message = message
        self.byteOffset = byteOffset
    }

    /// Code, message and offset.
    public var description: String { "\(self.code): \(self.message) (at byte \(self.byteOffset))" }
}
