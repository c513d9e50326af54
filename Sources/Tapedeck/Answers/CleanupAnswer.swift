/// What a clean-up or a clearing removed.
public struct CleanupAnswer: Hashable, Sendable {
    /// Bars removed from memory.
    public let barsRemoved: Int
    /// Symbols whose newest prices were removed from memory.
    public let quotesRemoved: Int
    /// Rows removed from the database.
    public let rowsRemoved: Int

    /// Creates an answer.
    public init(barsRemoved: Int, quotesRemoved: Int, rowsRemoved: Int) {
        self.barsRemoved = barsRemoved
        self.quotesRemoved = quotesRemoved
        self.rowsRemoved = rowsRemoved
    }
}
