/// Thrown by a job that had no effect because its connection was lost: it may be run again on another one.
struct PostgresRetry: Error {
    /// How often a job may be run again.
    enum Cause {
        /// The server had closed the connection before anything was sent.
        case closedBeforeUse
        /// The connection broke before the first answer.
        case lostAtFirstStatement
    }

    let cause: Cause
    /// What to throw when it is not run again.
    let error: SQLError
}
