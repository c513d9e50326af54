internal import MarketData

extension CacheCore {
    /// Executes a flight.
    ///
    /// Never throws: what goes wrong is in the report.
    func execute(_ order: Coordinator.Order) async -> FlightReport {
        switch order.flight.key {
        case .records(let series):
            return await SeriesFetcher(core: self, flight: order.flight, series: series, origin: order.origin).run()
        case .latest(let key):
            return await LatestFetcher(core: self, key: key, mode: order.flight.mode, origin: order.origin).run()
        case .horizon(let series):
            var report = FlightReport()
            do throws(TapedeckError) {
                let provider = try self.provider(series.provider)
                switch await self.askHorizon(of: series, provider) {
                case .success(let horizon):
                    report.horizon = horizon
                case .failure(let failure):
                    report.failures.append(self.failure(failure, RangeSet()))
                }
            } catch {
                report.refusal = error
            }
            return report
        }
    }
}
