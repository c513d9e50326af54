import MarketData

/// The parameters of a request's query, checked: each is known to the route, given once and well-formed.
struct QueryParameters {
    private let values: [String: String]

    /// Reads the part behind `?`.
    ///
    /// A plus sign stands for a space, as HTML forms and most clients write it.
    ///
    /// Throws a problem for a parameter that is not in `allowed`, comes twice, has broken percent-encoding or is empty:
    /// a script whose variable is empty must not ask for something else, such as to clear all for `symbol=`.
    init(_ query: String?, allowed: [String]) throws(Problem) {
        var values: [String: String] = [:]
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let rawName = String(decoding: parts[0], as: UTF8.self)
            let rawValue = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : ""
            guard let name = Self.decoded(parts[0]), allowed.contains(name) else {
                throw .unknownParameter(rawName, value: rawValue, allowed: allowed)
            }
            guard let value = parts.count == 2 ? Self.decoded(parts[1]) : "" else {
                throw .invalidParameter(name, value: rawValue, detail: "\(name) has broken percent-encoding")
            }
            guard !value.isEmpty else {
                throw .invalidParameter(name, value: value, detail: "\(name) is empty: give a value, or leave it out")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .invalidParameter(name, value: value, detail: "\(name) is given more than once")
            }
        }
        self.values = values
    }

    /// The value, or nil when the parameter is missing.
    func text(_ name: String) -> String? { self.values[name] }

    /// The value; `example` shows one when it is missing.
    func required(_ name: String, example: String) throws(Problem) -> String {
        guard let value = self.text(name) else {
            throw .missingParameter(name, detail: "\(name) is required, for example \(name)=\(example)")
        }
        return value
    }

    /// A time, or nil.
    ///
    /// Where a zone's plus sign arrived as a space (`…T14:30:00 01:00`), it is put back.
    func time(_ name: String) throws(Problem) -> Timestamp? {
        guard let value = self.text(name) else { return nil }
        do throws(MarketDataError) {
            return try Timestamp(parsing: value)
        } catch {
            if let space = value.lastIndex(of: " ") {
                let repaired = value[..<space] + "+" + value[value.index(after: space)...]
                if let time = try? Timestamp(parsing: String(repaired)) { return time }
            }
            throw .invalidParameter(name, value: value, detail: error.message)
        }
    }

    /// An integer of `range`, or nil.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = self.text(name) else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw .invalidParameter(
                name,
                value: value,
                detail: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// `true` or `false`; false when the parameter is missing.
    func flag(_ name: String) throws(Problem) -> Bool {
        try self.choice(name, of: ["true": true, "false": false]) ?? false
    }

    /// The value that `choices` has under the parameter's text, or nil when it is missing.
    func choice<Value>(_ name: String, of choices: KeyValuePairs<String, Value>) throws(Problem) -> Value? {
        guard let text = self.text(name) else { return nil }
        guard let choice = choices.first(where: { $0.key == text }) else {
            let names = choices.map(\.key)
            throw .invalidParameter(
                name,
                value: text,
                detail: "\(name) is one of \(names.joined(separator: ", "))",
                allowed: names
            )
        }
        return choice.value
    }

    /// A timeframe, or nil.
    func timeframe(_ name: String) throws(Problem) -> Timeframe? {
        guard let value = self.text(name) else { return nil }
        do throws(MarketDataError) {
            return try Timeframe(parsing: value)
        } catch {
            throw .invalidParameter(
                name,
                value: value,
                detail: error.message,
                allowed: Timeframe.allCases.map(\.rawValue)
            )
        }
    }

    /// A provider, or nil.
    func provider(_ name: String) throws(Problem) -> ProviderID? {
        guard let value = self.text(name) else { return nil }
        do throws(MarketDataError) {
            return try ProviderID(parsing: value)
        } catch {
            throw .invalidParameter(name, value: value, detail: error.message)
        }
    }

    /// The text with percent-encoding and plus signs undone, or nil when it is not valid.
    private static func decoded(_ bytes: Substring.UTF8View) -> String? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(Self.hexValue),
                    let low = iterator.next().flatMap(Self.hexValue)
                else { return nil }
                result.append(high << 4 | low)
            default: result.append(byte)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
