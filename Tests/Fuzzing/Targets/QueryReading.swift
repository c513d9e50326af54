import MarketData

@testable import TapedeckServer

/// The query of a request: it is refused with a problem that names a parameter, or each value means one thing.
enum QueryReading {
    private static let names = [
        "symbol", "timeframe", "last", "start", "end", "provider", "stype_in", "format", "refresh", "explain",
        "max_age",
    ]
    private static let now = Timestamp(nanoseconds: 1_773_144_000_000_000_000)

    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let query: QueryParameters
        do throws(Problem) {
            query = try QueryParameters(text, allowed: Self.names)
        } catch {
            Self.check(error)
            return
        }
        Self.read { () throws(Problem) in _ = try RequestReading.symbol(query) }
        Self.read { () throws(Problem) in _ = try RequestReading.range(query, now: { Self.now }) }
        Self.read { () throws(Problem) in _ = try query.flag("refresh") }
        Self.read { () throws(Problem) in _ = try query.timeframe("timeframe") }
        Self.read { () throws(Problem) in _ = try query.provider("provider") }
        Self.read { () throws(Problem) in
            let last = try query.integer("last", in: 1...100)
            promise(last.map { (1...100).contains($0) } ?? true, "numbers keep within their range")
        }
        Self.read { () throws(Problem) in
            guard let start = try query.time("start") else { return }
            promise(Timestamp.earliest <= start && start <= Timestamp.latest, "\(start) is a valid time")
        }
        Self.checkEscaping(query)
    }

    private static func read(_ body: () throws(Problem) -> Void) {
        do throws(Problem) {
            try body()
        } catch {
            self.check(error)
        }
    }

    private static func check(_ problem: Problem) {
        promise(problem.status == .badRequest && problem.parameter != nil, "\(problem) is about a parameter")
    }

    /// Values that are escaped in the strictest way come out as they were.
    private static func checkEscaping(_ query: QueryParameters) {
        let values = Self.names.compactMap { name in query.text(name).map { (name, $0) } }
        let escaped = values.map { name, value in
            name + "=" + value.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let again = try? QueryParameters(escaped.joined(separator: "&"), allowed: Self.names)
        promise(values.allSatisfy { again?.text($0.0) == $0.1 }, "\(escaped) is read as \(values)")
    }
}
