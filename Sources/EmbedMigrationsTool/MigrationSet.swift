/// The migrations of all dialects: numbered from 1 without gaps, and alike in number and name.
struct MigrationSet {
    private static let dialects = ["postgres", "sqlite"]

    private let filesByDialect: [String: [MigrationFile]]

    /// Checks and sorts the files.
    ///
    /// Throws for a gap, a number used twice, or a step that a dialect lacks.
    init(_ files: [MigrationFile]) throws(MigrationFileError) {
        let sorted = files.sorted { ($0.number, $0.name) < ($1.number, $1.name) }
        self.filesByDialect = Dictionary(grouping: sorted, by: \.dialect)
        for files in self.filesByDialect.values {
            for (index, file) in files.enumerated() where file.number != index + 1 {
                let isRepeated = file.number <= index
                throw MigrationFileError(
                    path: file.path,
                    message: isRepeated ? "its number is used twice" : "no migration has the number \(index + 1)"
                )
            }
        }
        for file in sorted {
            let others = Self.dialects.filter { $0 != file.dialect }
            for other in others where !self.has(file, in: other) {
                throw MigrationFileError(path: file.path, message: "it has no counterpart in the folder \(other)")
            }
        }
    }

    /// A Swift file that declares `EmbeddedMigrations`.
    var swiftSource: String {
        let lists = Self.dialects.map { dialect in
            let files = self.filesByDialect[dialect] ?? []
            let items = files.map { file in
                "        Migration(number: \(file.number), name: \"\(file.name)\", sql: \(Self.literal(file.sql))),\n"
            }
            return "    static let \(dialect): [Migration] = [\n\(items.joined())    ]\n"
        }
        return """
            import SQLDatabase

            /// The files of the package's folder `migrations`. Written by the plugin EmbedMigrations.
            enum EmbeddedMigrations {
            \(lists.joined(separator: "\n"))}

            """
    }

    private func has(_ file: MigrationFile, in dialect: String) -> Bool {
        let files = self.filesByDialect[dialect] ?? []
        return files.contains { $0.number == file.number && $0.name == file.name }
    }

    /// A Swift string literal, in one line.
    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": literal += "\\\\"
            case "\"": literal += "\\\""
            case "\n": literal += "\\n"
            case " "..."~": literal.unicodeScalars.append(scalar)
            default: literal += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return literal + "\""
    }
}
