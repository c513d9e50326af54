extension DBNEncoder {
    /// Whether and how the output is compressed.
    public enum Compression: Hashable, Sendable {
        /// Raw DBN.
        case none
        /// zstd at a level; 3 is zstd's own default, and levels outside of its range are moved to its ends.
        case zstd(level: Int)
    }

    /// How a stream is written.
    public struct Configuration: Hashable, Sendable {
        /// Whether and how the output is compressed.
        public var compression: Compression
        /// The size at which a frame of records is closed, uncompressed.
        ///
        /// Without compression it means nothing.
        public var frameBytesMax: Int
        /// The most bytes that may wait for `takeOutput()`; a write beyond it throws `limitExceeded`.
        public var outputBytesMax: Int

        /// Creates a configuration.
        public init(
            compression: Compression = .zstd(level: 3),
            frameBytesMax: Int = 1 << 20,
            outputBytesMax: Int = 64 << 20
        ) {
            self.compression = compression
            self.frameBytesMax = frameBytesMax
            self.outputBytesMax = outputBytesMax
        }
    }
}
