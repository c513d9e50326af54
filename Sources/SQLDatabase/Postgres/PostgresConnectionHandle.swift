import CLibPQ

/// A libpq connection in pipeline mode that is closed exactly once, when it goes out of scope.
///
/// Its methods translate and decide nothing. It belongs to one thread at a time.
struct PostgresConnectionHandle: ~Copyable {
    /// What is left of the commands that were queued.
    enum FlushState {
        case sent
        case waiting
        case failed
    }

    /// Where the server's transaction stands.
    enum TransactionState {
        case idle
        case open
        case failed
        case unknown
    }

    private let pointer: OpaquePointer

    /// Connects, which blocks for as long as the settings' `connect_timeout` allows for each host.
    init(connectingTo settings: PostgresSettings) throws(SQLError) {
        let connection = withCStrings(settings.parameters.map(\.keyword)) { keywords in
            withCStrings(settings.parameters.map(\.value)) { values in PQconnectdbParams(keywords, values, 0) }
        }
        guard let connection else { throw SQLError(.unavailable, "libpq has no memory for a connection") }
        guard PQstatus(connection) == CONNECTION_OK else {
            defer { PQfinish(connection) }
            throw settings.connectionError(
                message: String(cString: PQerrorMessage(connection)),
                needsPassword: PQconnectionNeedsPassword(connection) != 0,
                usedPassword: PQconnectionUsedPassword(connection) != 0
            )
        }
        // Without a processor of ours libpq writes the server's notices to the standard error stream.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
            PQfinish(connection)
            throw SQLError(.unavailable, "libpq cannot enter pipeline mode")
        }
        self.pointer = connection
    }

    deinit {
        PQfinish(self.pointer)
    }

    /// The server's version: 150018 for 15.18.
    var serverVersion: Int { Int(PQserverVersion(self.pointer)) }

    /// The number of the server's process as it was announced at the login; a pooler announces one of its own.
    var announcedProcess: Int { Int(PQbackendPID(self.pointer)) }

    /// The host and port, or the folder of the Unix socket, that the connection goes to.
    var address: String {
        let host = PQhost(self.pointer).map { String(cString: $0) } ?? ""
        let port = PQport(self.pointer).map { String(cString: $0) } ?? ""
        return "\(host):\(port)"
    }

    var isBroken: Bool { PQstatus(self.pointer) != CONNECTION_OK }

    /// The file descriptor to wait on, or a negative number when there is none any more.
    var socket: Int32 { PQsocket(self.pointer) }

    var transactionState: TransactionState {
        switch PQtransactionStatus(self.pointer) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// Queues a statement without a name; its result comes in binary format.
    func send(_ sql: String, _ parameters: PostgresParameters) -> Bool {
        parameters.withArrays { types, values, lengths, formats in
            PQsendQueryParams(self.pointer, sql, Int32(types.count), types, values, lengths, formats, 1) == 1
        }
    }

    /// Queues the preparation of a statement.
    func sendPrepare(_ name: String, _ sql: String, parameterTypes: [UInt32]) -> Bool {
        PQsendPrepare(self.pointer, name, sql, Int32(parameterTypes.count), parameterTypes) == 1
    }

    /// Queues the use of a prepared statement; its result comes in binary format.
    func sendPrepared(_ name: String, _ parameters: PostgresParameters) -> Bool {
        parameters.withArrays { types, values, lengths, formats in
            PQsendQueryPrepared(self.pointer, name, Int32(types.count), values, lengths, formats, 1) == 1
        }
    }

    /// Queues the end of a pipeline: the server answers up to here and then waits.
    func sendSync() -> Bool {
        PQpipelineSync(self.pointer) == 1
    }

    /// Leaves pipeline mode, in which scripts cannot be sent, and queues a script.
    func sendScript(_ sql: String) -> Bool {
        PQexitPipelineMode(self.pointer) == 1 && PQsendQuery(self.pointer, sql) == 1
    }

    /// Returns to pipeline mode after a script's last result.
    func endScript() -> Bool {
        PQenterPipelineMode(self.pointer) == 1
    }

    /// Lets each row of the next command come in a result of its own, so that no result is held whole.
    func receiveRowsSingly() {
        _ = PQsetSingleRowMode(self.pointer)
    }

    /// Writes queued bytes without blocking.
    func flush() -> FlushState {
        switch PQflush(self.pointer) {
        case 0: .sent
        case 1: .waiting
        default: .failed
        }
    }

    /// Reads what has arrived without blocking; false when the connection is broken.
    func consumeInput() -> Bool {
        PQconsumeInput(self.pointer) == 1
    }

    /// Whether `nextResult` would block.
    var isBusy: Bool { PQisBusy(self.pointer) != 0 }

    /// The next result, or nil at the end of a command's results.
    func nextResult() -> PostgresResult? {
        guard let result = PQgetResult(self.pointer) else { return nil }
        return PostgresResult(owning: result)
    }

    /// The next notice of those that have arrived, with the process that sent it; nil when there is none.
    func nextNotice() -> (payload: String, process: Int)? {
        guard let notice = PQnotifies(self.pointer) else { return nil }
        defer { PQfreemem(notice) }
        return (String(cString: notice.pointee.extra), Int(notice.pointee.be_pid))
    }

    /// The right to cancel what runs, or nil without a connection.
    func makeCancelHandle() -> PostgresCancelHandle? {
        guard let cancel = PQgetCancel(self.pointer) else { return nil }
        return PostgresCancelHandle(owning: cancel)
    }
}

/// Lends a NULL-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var offsets: [Int] = []
    var characters: [CChar] = []
    for string in strings {
        offsets.append(characters.count)
        characters.append(contentsOf: string.utf8CString)
    }
    return characters.withUnsafeBufferPointer { buffer in
        let pointers = offsets.map { buffer.baseAddress?.advanced(by: $0) } + [nil]
        return pointers.withUnsafeBufferPointer { pointers in
            // An array with at least the terminator has an address.
            body(pointers.baseAddress.unsafelyUnwrapped)
        }
    }
}
