import DBN
import Logging
import MarketData

/// Fetches one range: streams the answer, hands on pieces, and resumes behind the last record after a failure.
struct RangeFetch<Sample: DatabentoSample> {
    /// What is wanted, and how its pieces are marked.
    struct Plan: Sendable {
        let series: Series
        let schema: Schema
        let symbol: DatabentoSymbol
        let dataset: String
        /// The end of what the caller asked for.
        let askedEnd: Timestamp
        /// What is asked for: clipped to what is available.
        var range: TimeRange
        /// The end of what the last piece completes: `range.end`, or with bars, of the period that holds it.
        var completeEnd: Timestamp
        /// Before this nothing moves any more.
        var settledEnd: Timestamp
    }

    /// What was received, all attempts together.
    private(set) var receipt = FetchReceipt(
        recordCount: 0,
        byteCount: 0,
        costUSD: nil,
        requestCount: 0,
        mappings: []
    )

    private let api: DatabentoAPI
    private var plan: Plan
    /// The start of what is not yet delivered.
    private var position: Timestamp
    private var pending: [Sample] = []
    private var undefinedCount = 0

    init(_ plan: Plan, api: DatabentoAPI) {
        self.api = api
        self.plan = plan
        self.position = plan.range.start
    }

    /// Runs to the end of the range.
    ///
    /// `narrow` is told of an end of what is sold that lies before the range's, and answers the settled end there.
    /// `isListed` says whether the symbol exists at another time: then the range is empty, not wrong.
    mutating func run(
        narrow: (Timestamp) -> Timestamp,
        isListed: () async throws -> Bool,
        deliver: (FetchedPiece<Sample>) async throws -> Void
    ) async throws {
        do {
            var failures = 0
            while let rest = TimeRange(self.position, self.plan.range.end) {
                do {
                    try await self.attempt(rest, deliver)
                    break
                } catch let error as ProviderError {
                    failures += 1
                    if error.code == .notAvailableYet, let end = error.availableEnd, failures < self.attemptsMax {
                        guard try self.clip(to: end, settledEnd: narrow(end), because: error) else { break }
                    } else if error.code == .symbolUnknown {
                        guard try await isListed() else { throw error }
                        try await self.deliver(upTo: self.plan.completeEnd, deliver)
                        break
                    } else {
                        try await self.api.pause(after: error, failures: failures, at: "\(self.plan.series)")
                    }
                }
            }
        } catch let failure as DeliveryFailure {
            throw failure.underlying
        }
        if self.position < self.plan.askedEnd { self.receipt.availableEnd = min(self.position, self.plan.range.end) }
        if self.undefinedCount > 0 {
            self.api.logger.notice(
                "Databento sent records without a price, which are no bars",
                metadata: ["series": "\(self.plan.series)", "count": "\(self.undefinedCount)"]
            )
        }
    }

    private var attemptsMax: Int { self.api.configuration.attemptsMax }

    /// Shortens the range; false when all that is left is beyond `end`.
    private mutating func clip(
        to end: Timestamp,
        settledEnd: Timestamp,
        because error: ProviderError
    ) throws -> Bool {
        guard end < self.plan.range.end else { throw error }
        self.plan.settledEnd = min(self.plan.settledEnd, settledEnd)
        guard let range = TimeRange(self.plan.range.start, end), end > self.position else {
            guard self.position > self.plan.range.start else { throw error }
            self.plan.completeEnd = self.position
            return false
        }
        self.plan.range = range
        let isBar = Sample.stepNanoseconds(self.plan.series.timeframe) > 1
        self.plan.completeEnd = min(self.plan.completeEnd, isBar ? self.plan.series.timeframe.ceiling(end) : end)
        return true
    }
}

/// An error of the caller's own closure, which is handed on as it is and never a reason to try again.
private struct DeliveryFailure: Error {
    let underlying: any Error
}

extension RangeFetch {
    /// One request for `range`, whose start is `position`.
    private mutating func attempt(
        _ range: TimeRange,
        _ deliver: (FetchedPiece<Sample>) async throws -> Void
    ) async throws {
        let order = DatabentoOrder(
            dataset: self.plan.dataset,
            schema: self.plan.schema,
            symbol: self.plan.symbol,
            range: range
        )
        var reader = AnswerReader<Sample>(order, timeframe: self.plan.series.timeframe, symbol: self.plan.series.symbol)
        self.receipt.requestCount += 1
        self.pending = []
        let result: Result<Void, any Error>
        do {
            let api = self.api
            try await api.stream(order) { transfer, head in
                try await self.read(transfer, head, &reader, deliver)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        self.receipt.recordCount += reader.recordCount
        self.receipt.byteCount += reader.byteCount
        self.undefinedCount += reader.undefinedCount
        for mapping in reader.symbolMappings where !self.receipt.mappings.contains(mapping) {
            self.receipt.mappings.append(mapping)
        }
        // What came whole before a failure is paid for and need not be bought again; what came before nonsense is not
        // trusted.
        if case .failure(let error as ProviderError) = result, error.isWorthRetrying {
            try await self.deliverPending(reader, deliver)
        }
        try result.get()
        try await self.deliver(upTo: self.plan.completeEnd, deliver)
    }

    private mutating func read(
        _ transfer: HTTPTransfer,
        _ head: HTTPHead,
        _ reader: inout AnswerReader<Sample>,
        _ deliver: (FetchedPiece<Sample>) async throws -> Void
    ) async throws {
        try await DatabentoAnswer.read(transfer, head) { metadata in
            try reader.begin(metadata)
        } record: { record in
            if let sample = try reader.read(record) { self.pending.append(sample) }
            if self.pending.count >= self.api.configuration.pieceRecordsMax {
                try await self.deliverPending(reader, deliver)
            }
        }
    }

    /// Hands on the records read so far with the stretch that they complete.
    private mutating func deliverPending(
        _ reader: AnswerReader<Sample>,
        _ deliver: (FetchedPiece<Sample>) async throws -> Void
    ) async throws {
        guard let last = reader.lastTime else { return }
        let step = Sample.stepNanoseconds(self.plan.series.timeframe)
        let end = min(last.advancedSaturating(byNanoseconds: step), self.plan.completeEnd)
        try await self.deliver(upTo: end, deliver)
    }

    private mutating func deliver(
        upTo end: Timestamp,
        _ deliver: (FetchedPiece<Sample>) async throws -> Void
    ) async throws {
        guard let range = TimeRange(self.position, end) else { return }
        do {
            let piece = FetchedPiece(records: self.pending, range: range, settledEnd: self.plan.settledEnd)
            try await deliver(piece)
        } catch {
            throw DeliveryFailure(underlying: error)
        }
        self.pending = []
        self.position = end
    }
}
