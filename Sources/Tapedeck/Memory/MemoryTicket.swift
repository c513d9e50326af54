/// The right to fill into memory what is read from the database after the ticket was drawn.
struct MemoryTicket: Sendable {
    let memory: SeriesMemory
    let generation: Int
}
