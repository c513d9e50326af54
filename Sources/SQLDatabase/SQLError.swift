/// An error of a database, the same for SQLite and Postgres.
///
/// Neither the message nor the description ever holds a password, a parameter's value or a row.
public struct SQLError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure happened, and what a caller can do about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidURL, unavailable, authenticationFailed, connectionLost, poolExhausted, timedOut, cancelled
            case busy, serializationFailure, uniqueViolation, constraintViolation, syntax, undefinedObject
            case unexpectedType, readOnly, diskFull, corrupt, migration, closed, noticesUnheard, other
        }

        private let value: Value

        /// The database address is malformed or names an unknown scheme: fix it.
        public static let invalidURL = Self(value: .invalidURL)
        /// No server answers, or the file cannot be opened: retry later.
        public static let unavailable = Self(value: .unavailable)
        /// The server refused the user or password: fix the address.
        public static let authenticationFailed = Self(value: .authenticationFailed)
        /// The connection broke; whether a write was committed is unknown.
        public static let connectionLost = Self(value: .connectionLost)
        /// All connections stayed in use until the waiting limit, or too many callers wait: retry later.
        public static let poolExhausted = Self(value: .poolExhausted)
        /// The deadline passed; the statement was cancelled on the server.
        public static let timedOut = Self(value: .timedOut)
        /// The calling task was cancelled; the statement was cancelled on the server.
        public static let cancelled = Self(value: .cancelled)
        /// Another writer held the database longer than the busy timeout: retry.
        public static let busy = Self(value: .busy)
        /// A deadlock or serialization failure: retry the transaction.
        public static let serializationFailure = Self(value: .serializationFailure)
        /// A row with this key exists.
        public static let uniqueViolation = Self(value: .uniqueViolation)
        /// A NOT NULL, CHECK or foreign key constraint refused the row.
        public static let constraintViolation = Self(value: .constraintViolation)
        /// The statement is not valid SQL, or its parameters do not fit it.
        public static let syntax = Self(value: .syntax)
        /// A table, column or function does not exist.
        public static let undefinedObject = Self(value: .undefinedObject)
        /// A column holds another type than the caller asked for, or NULL.
        public static let unexpectedType = Self(value: .unexpectedType)
        /// The database or transaction cannot be written.
        public static let readOnly = Self(value: .readOnly)
        /// The disk, or a quota, is full.
        public static let diskFull = Self(value: .diskFull)
        /// The database file or index is damaged.
        public static let corrupt = Self(value: .corrupt)
        /// Migrations cannot be applied; nothing was changed.
        public static let migration = Self(value: .migration)
        /// The database was closed.
        public static let closed = Self(value: .closed)
        /// Notices do not arrive over this connection: give an address that leads to the server itself, past the pooler.
        public static let noticesUnheard = Self(value: .noticesUnheard)
        /// Anything else; see `sqlState`.
        public static let other = Self(value: .other)

        /// The name of the code.
        public var description: String { self.value.rawValue }
    }

    /// What kind of failure happened.
    public let code: Code
    /// What was being done and what went wrong, free of secrets and data.
    public let message: String
    /// Postgres' five-character SQLSTATE or SQLite's extended result code as text, if there was one.
    public let sqlState: String?

    /// Creates an error; the message must be free of secrets and data.
    public init(_ code: Code, _ message: String, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    /// Code, message and state.
    public var description: String {
        "\(self.code): \(self.message)" + (self.sqlState.map { " (\($0))" } ?? "")
    }
}
