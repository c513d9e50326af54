extension DBNDecoder {
    /// The most memory that a decoder may use; an input that needs more is refused with `limitExceeded`.
    public struct Limits: Hashable, Sendable {
        /// The largest metadata block, uncompressed.
        ///
        /// One month of an option family takes 16 MiB.
        public var metadataBytesMax: Int
        /// The most bytes that may be appended before `next()` has used them up, beside the metadata.
        public var bufferedBytesMax: Int
        /// The largest window of a zstd frame, rounded down to a power of two.
        ///
        /// The vendor's frames need 2 MiB.
        ///
        /// A frame that needs more is refused with `corruptCompression`.
        public var zstdWindowBytesMax: Int

        /// Creates limits.
        public init(
            metadataBytesMax: Int = 64 << 20,
            bufferedBytesMax: Int = 16 << 20,
            zstdWindowBytesMax: Int = 32 << 20
        ) {
            self.metadataBytesMax = metadataBytesMax
            self.bufferedBytesMax = bufferedBytesMax
            self.zstdWindowBytesMax = zstdWindowBytesMax
        }
    }
}
