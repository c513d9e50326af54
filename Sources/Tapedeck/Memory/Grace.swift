/// How much older than fresh something may be and still be answered.
struct Grace: Equatable {
    /// How long after its expiry.
    let nanoseconds: Int64
    /// Whether periods that have begun since may be lacking at the end.
    let allowsLackingEnd: Bool
}
