import DBN
import MarketData

/// Checks the records of one answer against what was asked for, and counts them.
struct AnswerReader<Sample: DatabentoSample> {
    private let order: DatabentoOrder
    private let timeframe: Timeframe
    private var mappings: DatabentoMappings
    private var hasMappings = false
    private var lastPublisher: UInt16?

    /// The time of the last record, also of one without a value.
    private(set) var lastTime: Timestamp?
    /// Records without a value.
    private(set) var undefinedCount = 0
    /// All records.
    private(set) var recordCount = 0
    /// The bytes of all records: what is billed.
    private(set) var byteCount = 0

    init(_ order: DatabentoOrder, timeframe: Timeframe, symbol: String) {
        self.order = order
        self.timeframe = timeframe
        self.mappings = DatabentoMappings(symbol: symbol)
    }

    /// Which instrument the symbol stood for, by day.
    var symbolMappings: [SymbolMapping] { self.mappings.mappings }

    /// Reads what the answer says about itself.
    ///
    /// Throws `corruptAnswer` or `symbolUnknown`.
    mutating func begin(_ metadata: DBNMetadata) throws(ProviderError) {
        guard metadata.dataset == self.order.dataset, metadata.schema == self.order.schema else {
            throw self.corrupt("is of \(metadata.dataset) \(metadata.schema?.description ?? "mixed")")
        }
        let name = self.order.symbol.name
        guard !metadata.notFound.contains(name) else {
            let message = "Databento does not know \(name) (\(self.order.symbol.stype)) in \(self.order.range)"
            throw ProviderError(.symbolUnknown, message)
        }
        if self.order.symbol.stype == "instrument_id" { return }
        self.hasMappings = !metadata.mappings.isEmpty
        for mapping in metadata.mappings where mapping.rawSymbol == name {
            for interval in mapping.intervals {
                guard let start = CivilDate(packed: interval.startDate), let end = CivilDate(packed: interval.endDate),
                    let number = UInt32(interval.symbol)
                else { throw self.corrupt("maps \(name) to '\(interval.symbol)', which is no instrument id") }
                self.mappings.insert(instrumentID: number, start: start, end: end)
            }
        }
    }

    /// Reads a record; nil for one without a value.
    ///
    /// Throws `corruptAnswer` or `unsupported`.
    mutating func read(_ record: DBNRecord) throws(ProviderError) -> Sample? {
        switch record {
        case .system, .symbolMapping: return nil
        case .error(let failure): throw self.corrupt("ended with the error '\(failure.message)'")
        default: break
        }
        let header = record.header
        guard let reading = Sample.read(record) else { throw self.corrupt("holds a record of type \(header.rtype)") }
        self.recordCount += 1
        self.byteCount += Int(header.length) * 4
        let time = try self.checkedTime(reading.time, publisher: header.publisherID)
        try self.checkInstrument(header.instrumentID, at: time)
        self.lastTime = time
        self.lastPublisher = header.publisherID
        if reading.sample == nil { self.undefinedCount += 1 }
        return reading.sample
    }

    private func checkedTime(_ time: UInt64, publisher: UInt16) throws(ProviderError) -> Timestamp {
        guard let nanoseconds = Int64(exactly: time) else { throw self.corrupt("holds a record without a time") }
        let timestamp = Timestamp(nanoseconds: nanoseconds)
        guard self.order.range.contains(timestamp) else { throw self.corrupt("holds a record of \(timestamp)") }
        if Sample.stepNanoseconds(self.timeframe) > 1, self.timeframe.floor(timestamp) != timestamp {
            throw self.corrupt("holds a bar of \(timestamp), which begins no \(self.timeframe) period")
        }
        guard let last = self.lastTime else { return timestamp }
        if timestamp == last, let lastPublisher = self.lastPublisher, lastPublisher != publisher {
            throw ProviderError(
                .unsupported,
                "\(self.order.dataset) has separate \(self.order.schema) records for each venue; use a dataset of one venue "
                    + "or a consolidated one"
            )
        }
        // Events of a venue may share an instant; bars and samples may not.
        guard timestamp > last || (timestamp == last && self.order.schema == .mbp1) else {
            throw self.corrupt("holds a record of \(timestamp) behind one of \(last)")
        }
        return timestamp
    }

    private func checkInstrument(_ number: UInt32, at time: Timestamp) throws(ProviderError) {
        let isRight: Bool
        if self.order.symbol.stype == "instrument_id" {
            isRight = String(number) == self.order.symbol.name
        } else {
            isRight = !self.hasMappings || self.mappings.contains(instrumentID: number, on: CivilDate(containing: time))
        }
        guard isRight else {
            throw self.corrupt(
                "holds instrument \(number) at \(time), which \(self.order.symbol.name) did not stand for"
            )
        }
    }

    private func corrupt(_ what: String) -> ProviderError {
        let asked = "\(self.order.schema) of \(self.order.symbol) in \(self.order.range)"
        return ProviderError(.corruptAnswer, "Databento's answer for \(asked) \(what)")
    }
}
