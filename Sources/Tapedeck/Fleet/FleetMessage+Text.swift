internal import MarketData

extension FleetMessage {
    /// What every message of this format begins with.
    static var format: String { "tapedeck1" }

    /// The longest text of one message, in bytes: Postgres takes notices of less than 8,000.
    static var bytesMax: Int { 7_900 }

    /// The message as text: `tapedeck1 SENDER NUMBER ENTRY…`, in ASCII without quotes or backslashes.
    ///
    /// The numbers of entries are in base 36, times in seconds.
    var text: String {
        ([Self.format, self.sender.description, String(self.number)] + self.entries.map(\.text)).joined(separator: " ")
    }

    /// Messages that tell the entries, none longer than `bytesMax`.
    ///
    /// `nextNumber` numbers each of them.
    static func messages(
        of entries: [Entry],
        from sender: WorkerID,
        nextNumber: () -> Int64,
        bytesMax: Int = Self.bytesMax
    ) -> [FleetMessage] {
        // The longest number has 19 digits.
        let headBytes = Self.format.utf8.count + 1 + 16 + 1 + 19
        var result: [FleetMessage] = []
        var batch: [Entry] = []
        var bytes = headBytes
        for entry in entries {
            let length = 1 + entry.text.utf8.count
            if bytes + length > bytesMax, !batch.isEmpty {
                result.append(FleetMessage(sender: sender, number: nextNumber(), entries: batch))
                (batch, bytes) = ([], headBytes)
            }
            batch.append(entry)
            bytes += length
        }
        if !batch.isEmpty { result.append(FleetMessage(sender: sender, number: nextNumber(), entries: batch)) }
        return result
    }

    /// Reads a message; nil for a text that is none.
    ///
    /// An entry that this program does not know, as one of a later version, is read as `everything`.
    init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == Self.format, let sender = WorkerID(parts[1]),
            let number = Int64(parts[2]), number >= 0
        else { return nil }
        self.init(sender: sender, number: number, entries: parts.dropFirst(3).map { Entry($0) ?? .everything })
    }
}

extension FleetMessage.Entry {
    /// One letter, then what it tells, separated by commas.
    var text: String {
        switch self {
        case .stored(let notice): notice.text
        case .latest(let key): "l" + FleetText.key(.latest(key))
        case .released(let key): "r" + FleetText.key(key)
        case .everything: "e"
        case .leaving: "q"
        }
    }

    /// Reads an entry; nil for one that is not known or not well formed.
    init?(_ text: Substring) {
        let rest = text.dropFirst()
        switch text.first {
        case "s":
            guard let notice = StoredNotice(rest) else { return nil }
            self = .stored(notice)
        case "l":
            guard case .latest(let key)? = FleetText.key(rest) else { return nil }
            self = .latest(key)
        case "r":
            guard let key = FleetText.key(rest) else { return nil }
            self = .released(key)
        case "e" where rest.isEmpty:
            self = .everything
        case "q" where rest.isEmpty:
            self = .leaving
        default:
            return nil
        }
    }
}

extension StoredNotice {
    /// Series, first version, number of further versions, start, length, `w` or `c`, and the horizon if there is one.
    fileprivate var text: String {
        let start = self.range.start.nanoseconds / FleetText.second
        let length = self.range.nanoseconds / FleetText.second
        var parts = [
            FleetText.number(self.seriesID), FleetText.number(self.versions.lowerBound),
            FleetText.number(self.versions.upperBound - self.versions.lowerBound), FleetText.number(start),
            FleetText.number(length), self.isWarm ? "w" : "c",
        ]
        if let horizon = self.horizon {
            parts += [
                horizon.start.nanoseconds, horizon.availableEnd.nanoseconds, horizon.askedAt.nanoseconds,
                horizon.lifetime,
            ].map { FleetText.number($0) }
            if let rest = horizon.restLifetime { parts.append(FleetText.number(rest)) }
        }
        return "s" + parts.joined(separator: ",")
    }

    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard [6, 10, 11].contains(parts.count),
            let id = FleetText.number(parts[0]), let first = FleetText.number(parts[1]),
            let further = FleetText.number(parts[2]), let start = FleetText.number(parts[3]),
            let length = FleetText.number(parts[4]), first >= 0, further >= 0, length > 0
        else { return nil }
        let (last, lastOverflow) = first.addingReportingOverflow(further)
        let (startTime, startOverflow) = start.multipliedReportingOverflow(by: FleetText.second)
        let (duration, durationOverflow) = length.multipliedReportingOverflow(by: FleetText.second)
        let (endTime, endOverflow) = startTime.addingReportingOverflow(duration)
        guard !lastOverflow, !startOverflow, !durationOverflow, !endOverflow,
            let range = TimeRange(Timestamp(nanoseconds: startTime), Timestamp(nanoseconds: endTime)),
            parts[5] == "w" || parts[5] == "c"
        else { return nil }
        let numbers = parts.dropFirst(6).map { FleetText.number($0) }
        guard !numbers.contains(nil) else { return nil }
        let times = numbers.compactMap { $0 }
        self.init(
            seriesID: id,
            versions: first...last,
            range: range,
            isWarm: parts[5] == "w",
            horizon: times.count < 4
                ? nil
                : SharedHorizon(
                    start: Timestamp(nanoseconds: times[0]),
                    availableEnd: Timestamp(nanoseconds: times[1]),
                    askedAt: Timestamp(nanoseconds: times[2]),
                    lifetime: times[3],
                    restLifetime: times.count > 4 ? times[4] : nil
                )
        )
    }
}

/// How the parts of entries are written.
private enum FleetText {
    /// Series' ranges lie on grids of whole seconds.
    static var second: Int64 { 1_000_000_000 }

    static func number(_ value: Int64) -> String { String(value, radix: 36) }

    static func number(_ text: Substring) -> Int64? {
        text.hasPrefix("+") ? nil : Int64(text, radix: 36)
    }

    /// Kind, provider and symbol, and the timeframe of a series.
    static func key(_ key: FlightKey) -> String {
        let parts =
            switch key {
            case .records(let series):
                [series.kind.rawValue, series.provider.description, series.symbol, series.timeframe.rawValue]
            case .horizon(let series):
                ["horizon", series.provider.description, series.symbol, series.timeframe.rawValue]
            case .latest(let key):
                ["latest", key.provider.description, key.symbol]
            }
        return parts.map(Self.escaped).joined(separator: ",")
    }

    static func key(_ text: Substring) -> FlightKey? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(Self.unescaped)
        guard parts.count >= 3, let kind = parts[0], let providerText = parts[1], let symbol = parts[2],
            let provider = try? ProviderID(parsing: providerText)
        else { return nil }
        // A series checks the symbol.
        let timeframeText = parts.count == 4 ? parts[3] : kind == "latest" && parts.count == 3 ? "1m" : nil
        guard let timeframe = timeframeText.flatMap(Timeframe.init(rawValue:)),
            let series = try? Series(
                provider: provider,
                symbol: symbol,
                timeframe: timeframe,
                kind: Series.Kind(rawValue: kind) ?? .bars
            )
        else { return nil }
        switch (kind, parts.count) {
        case ("bars", 4), ("quotes", 4): return .records(series)
        case ("horizon", 4): return .horizon(series)
        case ("latest", 3): return .latest(LatestKey(provider: provider, symbol: symbol))
        default: return nil
        }
    }

    /// Spaces and commas separate, quotes and backslashes are kept out for the sake of SQL.
    private static let reserved = Set(" ,%'\\\"".utf8)

    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if Self.reserved.contains(byte) || byte < 0x21 || byte > 0x7E {
                let digits = String(byte, radix: 16)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            } else {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return result
    }

    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
