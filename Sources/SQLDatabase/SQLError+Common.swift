/// Errors that both drivers throw in the same words.
extension SQLError {
    static var databaseClosed: SQLError { SQLError(.closed, "the database was closed") }

    static var transactionOver: SQLError {
        SQLError(.closed, "the transaction was used after its closure had returned")
    }

    static var transactionControl: SQLError {
        SQLError(
            .syntax,
            "a transaction is ended by its closure alone: BEGIN, COMMIT, ROLLBACK and SAVEPOINT are refused"
        )
    }

    static var statementInRows: SQLError {
        SQLError(.syntax, "a statement cannot run while the rows of another are being read")
    }

    static func notANumber(parameter: Int) -> SQLError {
        SQLError(.syntax, "parameter $\(parameter) is NaN, which is not stored: use NULL for a missing number")
    }

    static func zeroInText(parameter: Int) -> SQLError {
        SQLError(.syntax, "parameter $\(parameter) is a text with a zero character, which is not stored")
    }

    static func unexpectedType(column: Int, held: String, wanted: String) -> SQLError {
        SQLError(.unexpectedType, "column \(column) holds \(held), not \(wanted)")
    }
}
