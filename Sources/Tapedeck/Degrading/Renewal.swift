internal import MarketData

/// Something that is to be bought again in the background.
struct Renewal: Sendable {
    /// What; one key is renewed once at a time.
    let key: FlightKey
    /// Which part of it.
    let range: TimeRange
    /// How long to wait before, so that many series that expire together are not bought in one instant.
    let delay: Duration
    /// Who read it.
    let origin: RequestOrigin
}
