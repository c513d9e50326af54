/// Which migrations a database has, and which it still lacks.
public struct MigrationStatus: Hashable, Sendable {
    /// What the database has, in order.
    public let applied: [AppliedMigration]
    /// What `Migrator.migrate` would apply, in order.
    public let pending: [Migration]

    /// Creates a status.
    public init(applied: [AppliedMigration], pending: [Migration]) {
        self.applied = applied
        self.pending = pending
    }

    /// Whether the database has every migration of the program.
    public var isCurrent: Bool { self.pending.isEmpty }
}
