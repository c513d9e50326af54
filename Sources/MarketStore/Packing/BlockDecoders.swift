import Locking
import Zstd

/// Decoders that wait for the next read: making one costs as much as decoding some hundred bars.
final class BlockDecoders: Sendable {
    /// Decoders kept at most; each holds up to about half a megabyte.
    private static let idleMax = 8

    /// A decoder in one place, so that it can be put away.
    ///
    /// `@unchecked Sendable`: whoever took it out of `idle` is the only one who has it.
    private final class Place: @unchecked Sendable {
        var decoder: BlockDecoder

        init(_ decoder: consuming BlockDecoder) {
            self.decoder = decoder
        }
    }

    private let idle = Locked<[Place]>([])

    /// Lends a decoder; throws what `body` throws, and `ZstdError` when there is no memory for one.
    func lend<Value>(_ body: (inout BlockDecoder) throws -> Value) throws -> Value {
        let place = try self.idle.withLock { $0.popLast() } ?? Place(try BlockDecoder())
        defer {
            self.idle.withLock { idle in
                if idle.count < Self.idleMax { idle.append(place) }
            }
        }
        return try body(&place.decoder)
    }
}
