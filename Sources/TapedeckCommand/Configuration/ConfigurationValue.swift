/// Readers of values, each with what it allows in words.
struct ConfigurationValue<Value: Sendable>: Sendable {
    /// What is allowed, in words.
    let allowed: String
    /// The value that a text stands for, or nil.
    let parse: @Sendable (String) -> Value?
}

extension ConfigurationValue {
    /// A whole number of `range`.
    static func integer(in range: ClosedRange<Int>) -> ConfigurationValue<Int> {
        ConfigurationValue<Int>(allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of `range`.
    static func number(in range: ClosedRange<Double>) -> ConfigurationValue<Double> {
        ConfigurationValue<Double>(allowed: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `true` or `false`.
    static var flag: ConfigurationValue<Bool> {
        ConfigurationValue<Bool>(allowed: "true or false") { Bool($0) }
    }

    /// A number with a unit, of `range`: `250ms`, `30s`, `5m`, `2h`, `7d`.
    static func duration(in range: ClosedRange<Duration>) -> ConfigurationValue<Duration> {
        let bounds = "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        return ConfigurationValue<Duration>(allowed: "a duration such as 250ms, 30s, 5m, 2h or 7d, from \(bounds)") {
            DurationText.duration($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One of the names of `choices`.
    static func choice(_ choices: [String: Value], order: [String]) -> ConfigurationValue<Value> {
        ConfigurationValue(allowed: "one of \(order.joined(separator: ", "))") { choices[$0] }
    }
}

extension ConfigurationReader {
    /// The value of a key, or nil when nothing sets it.
    ///
    /// Throws `ConfigurationError` for a text that `value` does not allow.
    func value<Value>(_ key: ConfigurationKey, _ value: ConfigurationValue<Value>) async throws -> Value? {
        guard let text = try await self.text(key) else { return nil }
        guard let parsed = value.parse(text) else {
            throw ConfigurationError(key, value: text, allowed: value.allowed)
        }
        return parsed
    }

    /// Puts the value of a key into `target`, which keeps its default when nothing sets the key.
    func read<Value>(
        _ key: ConfigurationKey,
        _ value: ConfigurationValue<Value>,
        into target: inout Value
    ) async throws {
        if let parsed = try await self.value(key, value) { target = parsed }
    }
}
