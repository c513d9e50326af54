/// The labels of one exported series, sorted by name and escaped.
struct PrometheusLabels: Hashable {
    /// `name="value",…` without braces; empty without labels.
    let text: String
    /// The names, sorted.
    let names: [String]

    /// Reads swift-metrics dimensions; the last of two dimensions with one name wins.
    init(_ dimensions: [(String, String)]) {
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            values[PrometheusName.label(name)] = value
        }
        self.init(values: values)
    }

    private init(values: [String: String]) {
        self.names = values.keys.sorted()
        self.text = self.names.map { "\($0)=\"\(Self.escaped(values[$0] ?? ""))\"" }.joined(separator: ",")
    }

    /// The same names, each with the value `overflow`.
    var overflow: PrometheusLabels {
        PrometheusLabels(values: Dictionary(uniqueKeysWithValues: self.names.map { ($0, "overflow") }))
    }

    /// `{name="value"}` with one label more, or nothing without any label.
    func braced(adding extra: String? = nil) -> String {
        let parts = [self.text, extra ?? ""].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : "{" + parts.joined(separator: ",") + "}"
    }

    /// Escapes backslash, quote and newline, as the text format demands.
    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
