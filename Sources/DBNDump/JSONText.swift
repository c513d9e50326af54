import DBN

/// JSON text of the values that a dump holds.
enum JSONText {
    static func string(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    static func array(_ elements: [String]) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(self.string($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }

    static func record(_ record: DBNRecord, sentAt: UInt64?) -> String {
        var members = record.fields.map { field in
            switch field.value {
            case .signed(let number): (name: field.name, value: String(number))
            case .unsigned(let number): (name: field.name, value: String(number))
            case .text(let text): (name: field.name, value: self.string(text))
            }
        }
        if case .other(let header) = record {
            members.append(("skipped_words", String(header.length)))
        }
        if let sentAt {
            members.append(("ts_out", String(sentAt)))
        }
        return self.object(members)
    }

    static func metadata(_ metadata: DBNMetadata) -> String {
        let mappings = metadata.mappings.map { mapping in
            let intervals = mapping.intervals.map { interval in
                self.array([String(interval.startDate), String(interval.endDate), self.string(interval.symbol)])
            }
            return self.array([self.string(mapping.rawSymbol), self.array(intervals)])
        }
        return self.object([
            ("version", String(metadata.version)),
            ("dataset", self.string(metadata.dataset)),
            ("schema", metadata.schema.map { self.string($0.description) } ?? "null"),
            ("start", String(metadata.start)),
            ("end", metadata.end.map { String($0) } ?? "null"),
            ("limit", metadata.limit.map { String($0) } ?? "null"),
            ("stype_in", metadata.stypeIn.map { self.string($0.description) } ?? "null"),
            ("stype_out", self.string(metadata.stypeOut.description)),
            ("ts_out", String(metadata.tsOut)),
            ("symbols", self.array(metadata.symbols.map(self.string))),
            ("partial", self.array(metadata.partial.map(self.string))),
            ("not_found", self.array(metadata.notFound.map(self.string))),
            ("mappings", self.array(mappings)),
        ])
    }

    static func error(_ error: DBNError) -> String {
        self.object([
            ("code", self.string(error.code.description)),
            ("message", self.string(error.message)),
            ("byte_offset", String(error.byteOffset)),
        ])
    }
}
