import MarketData

/// Numbers and durations as tables show them.
enum NumberText {
    /// The shortest text of a number, without `.0`; `-` for nil.
    static func text(_ value: Double?) -> String {
        guard let value else { return "-" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// An integer, `-` for nil.
    static func text(_ value: Int?) -> String { value.map(String.init) ?? "-" }

    /// A count with its noun, `1 change` or `2 changes`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// A price in US dollars; `-` when it is not known.
    static func dollars(_ value: Double?) -> String {
        guard let value else { return "-" }
        return "$" + self.text((value * 1_000_000).rounded() / 1_000_000)
    }

    /// Seconds with up to three decimals, `-` for nil.
    static func seconds(_ duration: Duration?) -> String {
        guard let duration else { return "-" }
        return self.text((duration / .milliseconds(1)).rounded() / 1_000) + " s"
    }

    /// A time, `-` for nil.
    static func text(_ time: Timestamp?) -> String { time?.description ?? "-" }
}
