import MarketData

/// Reads what several routes have in common from their queries.
enum RequestReading {
    /// What the provider calls the instrument, from `symbol` and `stype_in`.
    static func symbol(_ query: QueryParameters) throws(Problem) -> String {
        let symbol = try query.required("symbol", example: "ES.c.0")
        let symbology = try query.choice(
            "stype_in",
            of: [
                "raw_symbol": SymbolSpelling.Symbology.rawSymbol, "continuous": .continuous,
                "instrument_id": .instrumentID,
            ]
        )
        do throws(MarketDataError) {
            return try SymbolSpelling.spelled(symbol, as: symbology)
        } catch {
            throw .invalidParameter("symbol", value: symbol, detail: error.message)
        }
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
}
