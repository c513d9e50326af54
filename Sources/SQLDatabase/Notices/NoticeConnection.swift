/// A connection that listens on one channel and sends notices.
///
/// It never blocks once it is made: commands are queued, and `receive` hands on what has arrived. It belongs to one
/// thread.
final class NoticeConnection {
    /// What has arrived.
    enum Arrival {
        case identity(DatabaseEpoch, isDirect: Bool)
        case notice(String, isOwn: Bool)
        /// The server's answer to `send`: nil when it has taken the notices.
        case answer(SQLError?)
    }

    /// What the server answers next.
    enum Reply {
        case fact(WritableKeyPath<Facts, Int64?>)
        /// The last of the facts.
        case process
        /// A command without which the connection is of no use.
        case necessity
        case notices
        case sync
    }

    /// What the server tells about itself, each where it is allowed to.
    struct Facts {
        var serverStartMicroseconds: Int64?
        var systemIdentifier: Int64?
        var timeline: Int64?
        var process: Int64?
    }

    private static let statementName = "notify"
    /// One statement for any number of payloads, which the server takes in their order.
    private static let statement =
        "SELECT count(pg_catalog.pg_notify($1, payload)) FROM pg_catalog.unnest($2) AS sent (payload)"

    let handle: PostgresConnectionHandle
    private let channel: String
    /// What was asked and not answered yet.
    var replies = ArraySlice<Reply>()
    var facts = Facts()
    /// How the command failed whose results arrive.
    var failure: SQLError?

    /// Connects, which blocks.
    ///
    /// Throws `unavailable`, `authenticationFailed`, `invalidURL`, and `other` for a server that is too old.
    init(_ settings: PostgresSettings, channel: String) throws(SQLError) {
        self.handle = try PostgresConnectionHandle(connectingTo: settings)
        self.channel = channel
        try PostgresSession.checkVersion(self.handle.serverVersion)
    }

    /// The file descriptor to wait on.
    var socket: Int32 { self.handle.socket }

    /// Asks for the epoch.
    ///
    /// Each question is a transaction of its own, so that one that is refused does not spoil the others.
    func identify() throws(SQLError) {
        try self.queue([(.fact(\.serverStartMicroseconds), DatabaseEpoch.serverStartQuestion)])
        try self.queue([(.fact(\.systemIdentifier), DatabaseEpoch.systemIdentifierQuestion)])
        try self.queue([(.fact(\.timeline), DatabaseEpoch.timelineQuestion)])
        try self.queue([(.process, "SELECT CAST(pg_catalog.pg_backend_pid() AS BIGINT)")])
    }

    /// Listens, and then sends a notice to oneself.
    func listen(probe: String) throws(SQLError) {
        // A notice is a hint: it needs no flush to the disk.
        try self.queue([(.necessity, "SET synchronous_commit = off"), (.necessity, "LISTEN \"\(self.channel)\"")])
        let types = [PostgresType.text, PostgresType.textArray]
        guard
            self.handle.sendPrepare(Self.statementName, Self.statement, parameterTypes: types), self.handle.sendSync()
        else { throw self.lost }
        self.replies += [.necessity, .sync]
        try self.send([probe], .necessity)
    }

    /// Sends a notice to oneself.
    func beat(_ payload: String) throws(SQLError) {
        try self.send([payload], .necessity)
    }

    /// Sends notices in one transaction.
    func send(_ payloads: [String]) throws(SQLError) {
        try self.send(payloads, .notices)
    }

    /// Writes what is queued; true when some of it has to wait until the server takes more.
    func flush() throws(SQLError) -> Bool {
        switch self.handle.flush() {
        case .sent: return false
        case .waiting: return true
        case .failed: throw self.lost
        }
    }

    var lost: SQLError {
        SQLError(.connectionLost, "the listening connection to \(self.handle.address) broke")
    }

    /// Queues a transaction of commands without parameters.
    private func queue(_ commands: [(Reply, String)]) throws(SQLError) {
        for (reply, sql) in commands {
            guard self.handle.send(sql, PostgresParameters()) else { throw self.lost }
            self.replies.append(reply)
        }
        guard self.handle.sendSync() else { throw self.lost }
        self.replies.append(.sync)
    }

    private func send(_ payloads: [String], _ reply: Reply) throws(SQLError) {
        var parameters = try PostgresParameters([.text(self.channel)])
        try parameters.append(payloads[...])
        guard self.handle.sendPrepared(Self.statementName, parameters), self.handle.sendSync() else { throw self.lost }
        self.replies += [reply, .sync]
    }
}
