import DBN
import Foundation

/// A file that is written as DBN version 3.
final class EncodedFile {
    private let path: String
    private let compression: DBNEncoder.Compression
    private var handle: FileHandle?
    private var encoder: DBNEncoder?

    init(path: String, compression: DBNEncoder.Compression) {
        self.path = path
        self.compression = compression
    }

    func start(_ metadata: DBNMetadata) throws {
        self.encoder = try DBNEncoder(metadata: metadata, configuration: .init(compression: self.compression))
        try Data().write(to: URL(fileURLWithPath: self.path))
        self.handle = try FileHandle(forWritingTo: URL(fileURLWithPath: self.path))
        try self.flush()
    }

    func write(_ record: DBNRecord) throws {
        if case .other = record { return }
        try self.encoder?.write(record)
        try self.flush()
    }

    func finish() throws {
        try self.encoder?.endFrame()
        try self.flush()
        try self.handle?.close()
    }

    private func flush() throws {
        guard let bytes = self.encoder?.takeOutput(), !bytes.isEmpty else { return }
        try self.handle?.write(contentsOf: bytes)
    }
}
