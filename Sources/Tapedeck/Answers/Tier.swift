/// Where an answer came from.
public enum Tier: String, Hashable, Sendable, CaseIterable {
    /// All of it was in this process's memory.
    case memory
    /// The database was read; nothing was bought.
    case database
    /// Something was bought for it, by this request or by one that it waited for.
    case provider
}
