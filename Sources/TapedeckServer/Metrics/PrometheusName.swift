/// Makes names that Prometheus accepts.
enum PrometheusName {
    /// A metric's name from a swift-metrics label: letters, digits, `_` and `:`, with `suffix` unless it ends in it.
    static func metric(_ label: String, suffix: String) -> String {
        let name = self.sanitized(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// A label's name: letters, digits and `_`.
    ///
    /// Names that begin with two underscores are Prometheus' own.
    static func label(_ name: String) -> String {
        let sanitized = self.sanitized(name, allowsColon: false)
        return sanitized.hasPrefix("__") ? "label" + sanitized : sanitized
    }

    private static func sanitized(_ text: String, allowsColon: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case ":" where allowsColon: result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result = "_" }
                result.unicodeScalars.append(scalar)
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }
}
