/// A step that brings a database's tables from one version to the next, and is never edited once it has landed.
public struct Migration: Hashable, Sendable, CustomStringConvertible {
    /// The step's place in the order, from 1.
    public let number: Int
    /// What the step does, in words joined by underscores.
    public let name: String
    /// The statements, separated by semicolons, without BEGIN and COMMIT.
    public let sql: String
    /// The SHA-256 of `sql` in UTF-8, as lower-case hexadecimal digits.
    public let checksum: String

    /// Creates a migration and computes its checksum.
    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
        self.checksum = SHA256.hexDigest(of: sql.utf8)
    }

    /// The name of its file, without the ending.
    public var description: String { Self.description(number: self.number, name: self.name) }

    static func description(number: Int, name: String) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }
}
