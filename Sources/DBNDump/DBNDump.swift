import DBN
import Foundation

/// Prints a DBN file as JSON lines, and writes it again as version 3 on request.
///
/// Records of types that are not modelled are printed with their header and left out of the copy.
@main
struct DBNDump {
    private static let usage = """
        usage: dbn-dump FILE [--reencode OUT [--raw]]
        Prints FILE (raw or zstd) as JSON lines: its metadata, its records, and an error if it is damaged.
          --reencode OUT   also write what was read to OUT, as DBN version 3
          --raw            write OUT without compression

        """
    private static let pieceBytes = 64 << 10

    static func main() {
        do {
            try Self.run(Array(CommandLine.arguments.dropFirst()))
        } catch let error as DBNError {
            print("{\"error\":\(JSONText.error(error))}")
            exit(1)
        } catch {
            FileHandle.standardError.write(Data("dbn-dump: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        var arguments = arguments
        var compression = DBNEncoder.Compression.zstd(level: 3)
        if arguments.last == "--raw" {
            compression = .none
            arguments.removeLast()
        }
        guard arguments.count == 1 || (arguments.count == 3 && arguments[1] == "--reencode") else {
            FileHandle.standardError.write(Data(self.usage.utf8))
            exit(2)
        }
        let input = try FileHandle(forReadingFrom: URL(fileURLWithPath: arguments[0]))
        let output = arguments.count == 3 ? EncodedFile(path: arguments[2], compression: compression) : nil
        try self.dump(input, to: output)
    }

    private static func dump(_ input: FileHandle, to output: EncodedFile?) throws {
        var decoder = DBNDecoder()
        var printsMetadata = true
        while let piece = try input.read(upToCount: self.pieceBytes), !piece.isEmpty {
            try piece.withUnsafeBytes { try decoder.append($0) }
            while true {
                let record = try decoder.next()
                if printsMetadata, let metadata = decoder.metadata {
                    print("{\"metadata\":\(JSONText.metadata(metadata))}")
                    try output?.start(metadata)
                    printsMetadata = false
                }
                guard let record else { break }
                print(JSONText.record(record, sentAt: decoder.tsOut))
                try output?.write(record)
            }
        }
        try decoder.finish()
        try output?.finish()
    }
}
