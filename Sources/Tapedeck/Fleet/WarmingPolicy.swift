/// What a worker brings into its memory when another one has stored something.
public enum WarmingPolicy: String, Hashable, Sendable, CaseIterable {
    /// Everything that is told.
    case all
    /// Series that it holds, or that it was asked for lately.
    case held
    /// Nothing: what it holds of what has changed it forgets.
    case none
}
