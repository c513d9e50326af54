import MarketData

/// Reads what several routes have in common from their queries.
enum RequestReading {
    /// What the provider calls the instrument, from `symbol` and `stype_in`.
    ///
    /// The symbology follows from the symbol's shape; where `stype_in` says otherwise it becomes part of the symbol, as
    /// in `instrument_id:5482`, so that the two are different series.
    static func symbol(_ query: QueryParameters) throws(Problem) -> String {
        let symbol = try query.required("symbol", example: "ES.c.0")
        let names: KeyValuePairs = [
            "raw_symbol": "raw_symbol", "continuous": "continuous", "instrument_id": "instrument_id",
        ]
        let type = try query.choice("stype_in", of: names)
        let spelled: String
        if let type {
            if let prefix = names.first(where: { symbol.hasPrefix($0.key + ":") })?.key {
                guard prefix == type else {
                    throw .invalidParameter(
                        "stype_in",
                        value: type,
                        detail: "the symbol '\(symbol.prefix(70))' says \(prefix) itself"
                    )
                }
                spelled = symbol
            } else {
                spelled = type == self.impliedType(of: symbol) ? symbol : "\(type):\(symbol)"
            }
        } else {
            spelled = symbol
        }
        // Only for its check of the symbol.
        do throws(MarketDataError) {
            _ = try Series(provider: ProviderID(parsing: "any"), symbol: spelled, timeframe: .oneMinute)
        } catch {
            throw .invalidParameter("symbol", value: symbol, detail: error.message)
        }
        return spelled
    }

    /// The range from `start` to `end`; without `end` to now, without either nil.
    static func range(_ query: QueryParameters, now: () -> Timestamp) throws(Problem) -> TimeRange? {
        let start = try query.time("start")
        let end = try query.time("end")
        guard let start else {
            guard end == nil else {
                throw .missingParameter("start", detail: "start is required with end, for example start=2026-01-05")
            }
            return nil
        }
        do throws(MarketDataError) {
            return try TimeRange(start: start, end: end ?? now())
        } catch {
            throw .invalidParameter(
                end == nil ? "start" : "end",
                value: end == nil ? query.text("start") : query.text("end"),
                detail: error.message + (end == nil ? " (without end a range ends now)" : "")
            )
        }
    }

    /// `continuous` for `ROOT.c|n|v.N`, `raw_symbol` for all else.
    static func impliedType(of symbol: String) -> String {
        let parts = symbol.split(separator: ".", omittingEmptySubsequences: false)
        let isContinuous =
            parts.count == 3 && !parts[0].isEmpty && ["c", "n", "v"].contains(parts[1]) && !parts[2].isEmpty
            && parts[2].utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        return isContinuous ? "continuous" : "raw_symbol"
    }
}
