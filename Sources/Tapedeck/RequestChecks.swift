internal import MarketData

/// Refuses requests with values that are not allowed, before anything is done for them.
enum RequestChecks {
    /// The longest client name and request identifier, in bytes.
    private static var originBytesMax: Int { 200 }

    /// The asked series of a provider.
    static func series(
        _ provider: ProviderID,
        _ symbol: String,
        _ timeframe: Timeframe,
        kind: Series.Kind = .bars
    ) throws(TapedeckError) -> Series {
        do throws(MarketDataError) {
            return try Series(provider: provider, symbol: symbol, timeframe: timeframe, kind: kind)
        } catch {
            throw TapedeckError(error, parameter: "symbol")
        }
    }

    /// The range in whole periods.
    static func range(_ range: TimeRange, _ timeframe: Timeframe) throws(TapedeckError) -> TimeRange {
        do throws(MarketDataError) {
            _ = try Timestamp(validating: range.start.nanoseconds)
        } catch {
            throw TapedeckError(error, parameter: "start")
        }
        do throws(MarketDataError) {
            _ = try Timestamp(validating: range.end.nanoseconds)
        } catch {
            throw TapedeckError(error, parameter: "end")
        }
        return range.expanded(to: timeframe)
    }

    static func count(_ count: Int, max: Int) throws(TapedeckError) {
        guard (1...max).contains(count) else {
            throw TapedeckError(.invalidRequest, "last is \(count): use 1 to \(max) bars", parameter: "last")
        }
    }

    static func origin(client: String, requestID: String) throws(TapedeckError) -> RequestOrigin {
        guard client.utf8.count <= Self.originBytesMax else {
            throw TapedeckError(
                .invalidRequest,
                "the client's name has \(client.utf8.count) bytes: use up to \(Self.originBytesMax)",
                parameter: "client"
            )
        }
        guard requestID.utf8.count <= Self.originBytesMax else {
            throw TapedeckError(
                .invalidRequest,
                "the request's identifier has \(requestID.utf8.count) bytes: use up to \(Self.originBytesMax)",
                parameter: "requestID"
            )
        }
        return RequestOrigin(client: client, requestID: requestID)
    }

    /// Refuses, in a mode in which nothing is stored, what is asked for only to be stored.
    static func storing(mode: CacheMode) throws(TapedeckError) {
        guard mode != .bypass else {
            throw TapedeckError(.unsupported, "in bypass mode nothing is stored, so nothing is bought to be stored")
        }
    }

    /// The age that a price may have.
    static func age(_ asked: Duration?, default standard: Duration) throws(TapedeckError) -> Duration {
        let age = asked ?? standard
        guard age > .zero else {
            throw TapedeckError(.invalidRequest, "the age \(age) is not above zero", parameter: "maxAge")
        }
        return age
    }
}
