import GRDB
import GRDBSQLite

extension SQLError {
    /// The error that a connection has just reported.
    static func sqlite(_ code: Int32, on connection: OpaquePointer, isCompiling: Bool) -> SQLError {
        let extended = sqlite3_extended_errcode(connection)
        // After some misuses the connection knows nothing of the error that was returned.
        let agrees = extended & 0xFF == code & 0xFF
        let message = agrees ? sqlite3_errmsg(connection) : sqlite3_errstr(code)
        return .sqlite(
            extendedCode: agrees ? extended : code,
            message: message.map { String(cString: $0) } ?? "",
            isCompiling: isCompiling
        )
    }

    /// The error that GRDB reports while it opens a connection.
    static func sqlite(_ error: DatabaseError) -> SQLError {
        .sqlite(extendedCode: error.extendedResultCode.rawValue, message: error.message ?? "", isCompiling: false)
    }

    /// Maps an extended result code; `isCompiling` when the statement had not begun to run.
    static func sqlite(extendedCode: Int32, message: String, isCompiling: Bool) -> SQLError {
        SQLError(
            Self.code(extendedCode, message: message, isCompiling: isCompiling),
            message,
            sqlState: String(extendedCode)
        )
    }

    private static func code(_ extended: Int32, message: String, isCompiling: Bool) -> Code {
        switch extended & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_INTERRUPT: .cancelled
        case SQLITE_FULL: .diskFull
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_CANTOPEN, SQLITE_IOERR: .unavailable
        case SQLITE_CONSTRAINT: Self.isUniqueness(extended) ? .uniqueViolation : .constraintViolation
        case SQLITE_MISMATCH: .constraintViolation
        case SQLITE_RANGE, SQLITE_MISUSE: .syntax
        case SQLITE_ERROR where Self.namesMissingObject(message): .undefinedObject
        case SQLITE_ERROR where isCompiling: .syntax
        default: .other
        }
    }

    private static func isUniqueness(_ extended: Int32) -> Bool {
        // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE and _ROWID are macros that Swift does not see.
        [6, 8, 10].contains(extended >> 8)
    }

    private static func namesMissingObject(_ message: String) -> Bool {
        // SQLite has one code for every kind of invalid statement; the words are part of its tested interface.
        message.hasPrefix("no such ") || message.contains(" has no column named ")
    }
}
