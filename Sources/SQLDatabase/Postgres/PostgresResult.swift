import CLibPQ

/// A libpq result that is cleared exactly once, when it goes out of scope.
struct PostgresResult: ~Copyable {
    /// What a result stands for.
    enum Status {
        case rows
        case done
        case failure
        /// The end of a pipeline's replies.
        case pipelineSync
        /// A command that was skipped because one before it failed.
        case skipped
        /// COPY, which the driver does not speak.
        case unsupported
    }

    /// The parts of a server's message that the driver reads; none of them holds data.
    enum Field: Int32 {
        case severity = 86  // 'V', never translated
        case sqlState = 67  // 'C'
        case message = 77  // 'M'
        case table = 116  // 't'
        case column = 99  // 'c'
        case constraint = 110  // 'n'
        case sourceFunction = 82  // 'R'
    }

    private let pointer: OpaquePointer

    /// Takes ownership of `pointer`.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(self.pointer)
    }

    var status: Status {
        switch PQresultStatus(self.pointer) {
        case PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: .rows
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_PIPELINE_SYNC: .pipelineSync
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .unsupported
        default: .failure
        }
    }

    var rowCount: Int { Int(PQntuples(self.pointer)) }

    var columnCount: Int { Int(PQnfields(self.pointer)) }

    /// The command's tag: `COMMIT`, `INSERT 0 5`.
    var commandTag: String { String(cString: PQcmdStatus(self.pointer)) }

    /// The number of rows that the command inserted, updated, merged or deleted.
    var changedRowCount: Int {
        let tag = self.commandTag
        guard ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(where: tag.hasPrefix) else { return 0 }
        return Int(String(cString: PQcmdTuples(self.pointer))) ?? 0
    }

    /// The object id of a column's type.
    func type(ofColumn column: Int) -> UInt32 {
        PQftype(self.pointer, Int32(column))
    }

    func isNull(row: Int, column: Int) -> Bool {
        PQgetisnull(self.pointer, Int32(row), Int32(column)) != 0
    }

    /// Lends a value's bytes; the position must exist.
    func withValue<Value>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let length = Int(PQgetlength(self.pointer, Int32(row), Int32(column)))
        return body(UnsafeRawBufferPointer(start: PQgetvalue(self.pointer, Int32(row), Int32(column)), count: length))
    }

    /// A part of the server's message, if there is one.
    func field(_ field: Field) -> String? {
        PQresultErrorField(self.pointer, field.rawValue).map { String(cString: $0) }
    }
}
