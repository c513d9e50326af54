import Foundation

/// One file of a `migrations` folder: `DIALECT/NNNN_name.sql`.
struct MigrationFile: Hashable {
    let path: String
    /// The name of the folder in which it lies.
    let dialect: String
    let number: Int
    let name: String
    let sql: String

    /// Reads a file.
    ///
    /// Throws `MigrationFileError`.
    init(path: String) throws {
        let url = URL(fileURLWithPath: path)
        guard let data = try? Data(contentsOf: url) else {
            throw MigrationFileError(path: path, message: "it cannot be read")
        }
        guard let sql = String(bytes: data, encoding: .utf8) else {
            throw MigrationFileError(path: path, message: "it is not UTF-8 text")
        }
        try self.init(path: path, sql: sql)
    }

    /// Reads number and name from the path.
    ///
    /// Throws `MigrationFileError`.
    init(path: String, sql: String) throws(MigrationFileError) {
        let parts = path.split(separator: "/")
        guard parts.count >= 2, let file = parts.last,
            let match = file.wholeMatch(of: /([0-9]{4})_([a-z0-9_]+)\.sql/), let number = Int(match.1)
        else {
            throw MigrationFileError(path: path, message: "its name is not like 0001_create_tables.sql")
        }
        guard sql.contains(where: { !$0.isWhitespace }) else {
            throw MigrationFileError(path: path, message: "it is empty")
        }
        self.path = path
        self.dialect = String(parts[parts.count - 2])
        self.number = number
        self.name = String(match.2)
        self.sql = sql
    }
}

/// What is wrong with a migration's file.
struct MigrationFileError: Error, CustomStringConvertible {
    let path: String
    let message: String

    var description: String { "\(self.path): \(self.message)" }
}
