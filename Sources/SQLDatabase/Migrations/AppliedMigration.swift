/// A migration that a database has.
public struct AppliedMigration: Hashable, Sendable, CustomStringConvertible {
    /// The step's place in the order, from 1.
    public let number: Int
    /// What the step did, in words joined by underscores.
    public let name: String
    /// The checksum that the migration had when it was applied.
    public let checksum: String
    /// When it was applied by the database's clock, in nanoseconds since the Unix epoch.
    public let appliedAtNanos: Int64

    /// Creates the record of an applied migration.
    public init(number: Int, name: String, checksum: String, appliedAtNanos: Int64) {
        self.number = number
        self.name = name
        self.checksum = checksum
        self.appliedAtNanos = appliedAtNanos
    }

    /// The name of its file, without the ending.
    public var description: String { Migration.description(number: self.number, name: self.name) }
}
