/// What a cache does with its stores and its providers.
public enum CacheMode: String, Hashable, Sendable, CaseIterable {
    /// It answers from memory and database, and buys what they lack.
    case cache
    /// It buys each answer anew and neither reads nor writes data in memory or database: the way back when the cache
    /// itself is in doubt.
    case bypass
    /// It never asks a provider: what is stored is all there is.
    case offline
}
