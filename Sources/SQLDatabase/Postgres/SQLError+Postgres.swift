extension SQLError {
    /// The error that a failed result stands for.
    ///
    /// The server's detail, hint and context are left out, and its message where it may quote values; constraint, table
    /// and column are named instead.
    init(_ result: borrowing PostgresResult) {
        guard let state = result.field(.sqlState) else {
            self.init(.connectionLost, "the connection to Postgres broke")
            return
        }
        let isStalePlan = state == "0A000" && result.field(.sourceFunction) == "RevalidateCachedQuery"
        guard !isStalePlan, state != Self.unknownStatementState else {
            let reason =
                isStalePlan ? "a table was changed after its statement was prepared" : Self.unknownStatementReason
            self.init(.serializationFailure, reason, sqlState: state)
            return
        }
        let isSessionOver = ["FATAL", "PANIC"].contains(result.field(.severity))
        // The server's own statement timeout has the same state as a request to cancel.
        let isTimeout = state == "57014" && result.field(.message)?.contains("timeout") == true
        let code = isSessionOver ? Code.connectionLost : isTimeout ? .timedOut : Self.code(sqlState: state)
        var message = Self.mayQuoteValues(sqlState: state) ? Self.summary(sqlState: state) : result.field(.message)
        for (field, label) in [(PostgresResult.Field.constraint, "constraint"), (.table, "table"), (.column, "column")]
        {
            if let name = result.field(field) {
                message = (message ?? "") + ", \(label) \(name)"
            }
        }
        self.init(code, message ?? "the server gave no reason", sqlState: state)
    }

    private static let unknownStatementState = "26000"
    private static let unknownStatementReason =
        "a prepared statement is gone; behind a pooler in transaction mode switch prepared statements off"

    /// Whether the server does not know a prepared statement that it was told.
    var isUnknownStatement: Bool { self.sqlState == Self.unknownStatementState }

    /// Whether the statement runs when it is prepared anew in a new transaction.
    var isStaleStatement: Bool {
        self.isUnknownStatement || self.code == .serializationFailure && self.sqlState == "0A000"
    }

    /// The code for a SQLSTATE; states that are not named alone go by their class, which is their first two characters.
    private static func code(sqlState state: String) -> Code {
        switch state {
        case "23505": .uniqueViolation
        case "25006": .readOnly
        case "40001", "40P01": .serializationFailure
        case "42P01", "42703", "42883", "42704", "3F000": .undefinedObject
        case "42501": .other
        case "53100": .diskFull
        case "53300": .unavailable
        case "55P03": .busy
        case "57014": .cancelled
        // The number of parameters is wrong.
        case "08P01": .syntax
        case "57P01", "57P02", "57P03", "57P05", "25P03": .connectionLost
        case "XX001", "XX002": .corrupt
        default:
            switch state.prefix(2) {
            case "08": .connectionLost
            case "28": .authenticationFailed
            case "21", "23": .constraintViolation
            case "22", "42", "0A", "54": .syntax
            case "40": .serializationFailure
            default: .other
            }
        }
    }

    /// Whether the server's message may hold a parameter's value or a part of a row.
    private static func mayQuoteValues(sqlState state: String) -> Bool {
        !["08", "0A", "21", "25", "26", "28", "34", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "XX"]
            .contains(state.prefix(2))
    }

    private static func summary(sqlState state: String) -> String {
        switch state {
        case "22003": "a number is out of its type's range"
        case "22012": "division by zero"
        case "23502": "a value is NULL where it must not be"
        case "23503": "a foreign key refuses the row"
        case "23505": "a row with this key exists"
        case "23514": "a check constraint refuses the row"
        default:
            switch state.prefix(2) {
            case "22": "a value does not fit its type or function"
            case "23": "a constraint refuses the row"
            default: "the server refuses the statement"
            }
        }
    }
}
