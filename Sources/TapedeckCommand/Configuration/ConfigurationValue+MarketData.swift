import MarketData

extension ConfigurationValue {
    /// An address of a web service, without user and password.
    static var webAddress: ConfigurationValue<String> {
        ConfigurationValue<String>(allowed: "an address that begins with https:// or http://, without a user") { text in
            let isSound = (text.hasPrefix("https://") || text.hasPrefix("http://")) && !text.contains("@")
            return isSound ? text : nil
        }
    }

    /// One or more providers separated by commas, each once.
    static var providers: ConfigurationValue<[ProviderID]> {
        ConfigurationValue<[ProviderID]>(
            allowed: "databento/DATASET (such as databento/GLBX.MDP3) or simulated, or several separated by commas"
        ) { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
            let providers = parts.compactMap { try? ProviderID(parsing: $0) }.filter { id in
                id.name == "databento" ? id.dataset != nil : id == .simulated
            }
            guard providers.count == parts.count, Set(providers).count == providers.count else { return nil }
            return providers
        }
    }

    /// How long something is kept: a duration from an hour on, or nil for `forever`.
    static var retention: ConfigurationValue<Duration?> { .duration(orNilFor: "forever") }

    /// How old something is packed: a duration from an hour on, or nil for `never`.
    static var packingAge: ConfigurationValue<Duration?> { .duration(orNilFor: "never") }

    private static func duration(orNilFor word: String) -> ConfigurationValue<Duration?> {
        let durations = ConfigurationValue<Duration>.duration(in: .seconds(3_600) ... .seconds(36_500 * 86_400))
        return ConfigurationValue<Duration?>(allowed: "'\(word)' or \(durations.allowed)") { text in
            if text == word { return .some(nil) }
            return durations.parse(text).map { .some($0) }
        }
    }

    /// A duration for each of some timeframes that Databento sells, separated by commas, each once.
    static var settlingMargins: ConfigurationValue<[Timeframe: Duration]> {
        let sold: [Timeframe] = [.oneSecond, .oneMinute, .oneHour, .oneDay]
        let names = sold.map(\.rawValue).joined(separator: ", ")
        return ConfigurationValue<[Timeframe: Duration]>(
            allowed: "TIMEFRAME=DURATION such as 1m=90s, or several separated by commas, with timeframes of \(names), "
                + "each once, and durations up to 30d"
        ) { text in
            var margins: [Timeframe: Duration] = [:]
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmed }
                guard sides.count == 2, let timeframe = sold.first(where: { $0.rawValue == sides[0] }),
                    let margin = DurationText.duration(sides[1]), margin <= .seconds(30 * 86_400),
                    margins.updateValue(margin, forKey: timeframe) == nil
                else { return nil }
            }
            return margins
        }
    }

    /// Ranges `START/END` separated by commas.
    static var timeRanges: ConfigurationValue<[TimeRange]> {
        ConfigurationValue<[TimeRange]>(
            allowed: "START/END with times such as 2026-01-05T14:30:00Z, or several separated by commas"
        ) { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let ranges = parts.compactMap { part -> TimeRange? in
                let ends = part.split(separator: "/").map { String($0).trimmed }
                guard ends.count == 2, let start = try? Timestamp(parsing: ends[0]),
                    let end = try? Timestamp(parsing: ends[1])
                else { return nil }
                return TimeRange(start, end)
            }
            return ranges.count == parts.count ? ranges : nil
        }
    }
}
