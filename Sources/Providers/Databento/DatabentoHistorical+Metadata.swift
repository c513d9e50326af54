public import MarketData

extension DatabentoHistorical {
    /// What the ranges would bring and cost, by the vendor's own count, clipped to what is sold.
    ///
    /// Nothing is known for more than `Configuration.estimateRangesMax` ranges, as each takes three requests.
    public func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        let schema = try self.schema(of: series)
        let symbol = try DatabentoSymbol(parsing: series.symbol)
        let available = try await self.availability(of: schema, timeframe: series.timeframe)
        let sold = TimeRange(available.start, available.end).map { ranges.intersection($0) } ?? RangeSet()
        guard sold.ranges.count <= self.configuration.estimateRangesMax else {
            return FetchEstimate(recordCount: nil, byteCount: nil, costUSD: nil)
        }
        var (records, bytes, cost) = (0, 0, 0.0)
        for range in sold.ranges {
            let order = DatabentoOrder(dataset: self.dataset, schema: schema, symbol: symbol, range: range)
            let subject = "\(symbol) (\(symbol.stype)) of \(self.dataset) in \(range)"
            func ask<Answer: Decodable & Sendable>(_ method: String, as type: Answer.Type) async throws -> Answer {
                try await self.api.json(method, order.selection, post: true, subject: subject, as: type)
            }
            do {
                records += try await ask("metadata.get_record_count", as: Int.self)
                bytes += try await ask("metadata.get_billable_size", as: Int.self)
                cost += try await ask("metadata.get_cost", as: Double.self)
            } catch let error as ProviderError where error.code == .symbolUnknown {
                // A stretch in which the symbol did not exist yet, or no longer, costs nothing.
                guard try await self.isListed(symbol) else { throw error }
            }
        }
        return FetchEstimate(recordCount: records, byteCount: bytes, costUSD: cost)
    }

    /// What time it is at Databento's server, by the `Date` of its answer to a request that is free.
    public func serverTime() async throws -> Timestamp? {
        try await self.mappingCancellation {
            try await self.api.date(
                of: "metadata.get_dataset_range",
                [("dataset", self.dataset)],
                subject: self.dataset
            )
        }
    }

    /// The hours of CME Globex for `GLBX.MDP3`; those of other datasets are not known here.
    public func calendar(of symbol: String) -> TradingCalendar? {
        self.dataset == "GLBX.MDP3" ? .cmeGlobex : nil
    }

    /// The day on which each day of `range` was last published, by `metadata.get_dataset_condition`.
    ///
    /// For a day that was never published again that is the day of its first publication: compare it with the day of the
    /// fetch. Days of which the vendor knows no such date are left out.
    public func changedDays(in range: TimeRange) async throws -> [ChangedDay] {
        let available = try await self.knownRange().whole
        guard let sold = range.intersection(available) else { return [] }
        let last = CivilDate(containing: sold.end.advancedSaturating(byNanoseconds: -1))
        let days = try await self.api.json(
            "metadata.get_dataset_condition",
            [
                ("dataset", self.dataset), ("start_date", CivilDate(containing: sold.start).description),
                ("end_date", last.description),
            ],
            subject: self.dataset,
            as: [DayCondition].self
        )
        return days.compactMap { day in
            guard let date = CivilDate(parsing: day.date), let modified = day.last_modified_date,
                let change = CivilDate(parsing: modified)
            else { return nil }
            return ChangedDay(day: date, modified: change)
        }
    }
}

/// One day of the answer of `metadata.get_dataset_condition`, in the vendor's spelling.
private struct DayCondition: Decodable, Sendable {
    let date: String
    let last_modified_date: String?
}

extension CivilDate {
    /// Reads `YYYY-MM-DD`; what follows, such as a time, is passed over.
    fileprivate init?(parsing text: String) {
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2])
        else {
            return nil
        }
        self.init(year: year, month: month, day: day)
    }
}
