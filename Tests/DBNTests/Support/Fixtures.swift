import Foundation
import Testing

/// The files that scripts/dbn-fixtures made with the official package.
enum Fixtures {
    static let expected: [String: ExpectedStream] = {
        do {
            let entries = try JSONDecoder().decode([String: Entry].self, from: Data(try Self.bytes("expected.json")))
            return try entries.mapValues { entry in
                switch entry {
                case .stream(let stream): stream
                case .sameAs(let name): try #require(entries[name]?.stream)
                }
            }
        } catch {
            Issue.record("expected.json does not decode: \(error)")
            return [:]
        }
    }()

    static let names = Self.expected.keys.sorted()
    static let mixedNames = Self.names.filter { $0.hasPrefix("mixed.") }

    static func bytes(_ name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
        return Array(try Data(contentsOf: url))
    }

    private enum Entry: Decodable {
        case stream(ExpectedStream)
        case sameAs(String)

        var stream: ExpectedStream? {
            if case .stream(let stream) = self { stream } else { nil }
        }

        init(from decoder: any Decoder) throws {
            if let name = try? decoder.singleValueContainer().decode(String.self) {
                self = .sameAs(name)
            } else {
                self = .stream(try ExpectedStream(from: decoder))
            }
        }
    }
}
