@testable import DBN

/// What the official package decodes from a fixture.
struct ExpectedStream: Decodable {
    struct Metadata: Decodable, Equatable {
        var version: UInt8
        var dataset: String
        var schema: String?
        var start: UInt64
        var end: UInt64?
        var limit: UInt64?
        var stype_in: String?
        var stype_out: String
        var ts_out: Bool
        var symbols: [String]
        var partial: [String]
        var not_found: [String]
        var mappings: [Mapping]
    }

    struct Mapping: Decodable, Equatable {
        var symbol: String
        var intervals: [Interval]

        init(_ mapping: SymbolMapping) {
            self.symbol = mapping.rawSymbol
            self.intervals = mapping.intervals.map(Interval.init)
        }

        init(from decoder: any Decoder) throws {
            var members = try decoder.unkeyedContainer()
            self.symbol = try members.decode(String.self)
            self.intervals = try members.decode([Interval].self)
        }
    }

    struct Interval: Decodable, Equatable {
        var start: UInt32
        var end: UInt32
        var symbol: String

        init(_ interval: SymbolMapping.Interval) {
            self.start = interval.startDate
            self.end = interval.endDate
            self.symbol = interval.symbol
        }

        init(from decoder: any Decoder) throws {
            var members = try decoder.unkeyedContainer()
            self.start = try members.decode(UInt32.self)
            self.end = try members.decode(UInt32.self)
            self.symbol = try members.decode(String.self)
        }
    }

    /// A number or text; a number that is not negative is unsigned.
    enum Value: Decodable, Equatable {
        case signed(Int64)
        case unsigned(UInt64)
        case text(String)

        init(_ value: RecordField.Value) {
            switch value {
            case .signed(let number): self = number < 0 ? .signed(number) : .unsigned(UInt64(number))
            case .unsigned(let number): self = .unsigned(number)
            case .text(let text): self = .text(text)
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(UInt64.self) {
                self = .unsigned(number)
            } else if let number = try? container.decode(Int64.self) {
                self = .signed(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    var metadata: Metadata
    var records: [[String: Value]]
}

extension ExpectedStream.Metadata {
    init(_ metadata: DBNMetadata) {
        self.version = metadata.version
        self.dataset = metadata.dataset
        self.schema = metadata.schema?.name
        self.start = metadata.start
        self.end = metadata.end
        self.limit = metadata.limit
        self.stype_in = metadata.stypeIn?.name
        self.stype_out = metadata.stypeOut.description
        self.ts_out = metadata.tsOut
        self.symbols = metadata.symbols
        self.partial = metadata.partial
        self.not_found = metadata.notFound
        self.mappings = metadata.mappings.map(ExpectedStream.Mapping.init).sorted { $0.symbol < $1.symbol }
    }
}
