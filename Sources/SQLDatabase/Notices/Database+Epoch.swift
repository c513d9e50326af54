extension DatabaseEpoch {
    /// The three questions, each of one row with one integer.
    static var serverStartQuestion: String {
        "SELECT CAST(extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000 AS BIGINT)"
    }
    static var systemIdentifierQuestion: String { "SELECT system_identifier FROM pg_catalog.pg_control_system()" }
    /// The control file shows a new timeline only after a checkpoint; the name of the log that is written shows it now.
    static var timelineQuestion: String {
        let log = "pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn())"
        return "SELECT CAST(CAST('x' || left(\(log), 8) AS BIT(32)) AS BIGINT)"
    }
}

extension Database {
    /// Which life of which Postgres server answers now; nil for SQLite.
    ///
    /// Ask it behind what it is to vouch for: what was read before comes from no later life. A part that the server refuses
    /// to tell is nil; throws as `read` does for everything else.
    public func epoch(timeout: Duration? = nil) async throws -> DatabaseEpoch? {
        guard self.dialect == .postgres else { return nil }
        let questions = [
            DatabaseEpoch.systemIdentifierQuestion, DatabaseEpoch.timelineQuestion, DatabaseEpoch.serverStartQuestion,
        ]
        let together = "SELECT " + questions.map { "(\($0))" }.joined(separator: ", ")
        do {
            return try await self.read(timeout: timeout) { transaction in
                try transaction.query(together) { row in
                    DatabaseEpoch(
                        systemIdentifier: try row.integer(0),
                        timeline: try row.integer(1),
                        serverStartMicroseconds: try row.integer(2)
                    )
                }.first
            }
        } catch let error as SQLError where error.isRefusedQuestion {
            return try await self.epochInParts(timeout)
        }
    }

    /// What a server tells that does not tell everything.
    private func epochInParts(_ timeout: Duration?) async throws -> DatabaseEpoch {
        DatabaseEpoch(
            systemIdentifier: try await self.fact(DatabaseEpoch.systemIdentifierQuestion, timeout),
            timeline: try await self.fact(DatabaseEpoch.timelineQuestion, timeout),
            serverStartMicroseconds: try await self.fact(DatabaseEpoch.serverStartQuestion, timeout)
        )
    }

    /// Each in a transaction of its own, so that one that is refused does not spoil the others.
    private func fact(_ question: String, _ timeout: Duration?) async throws -> Int64? {
        do {
            return try await self.read(timeout: timeout) { try $0.query(question) { try $0.integer(0) }.first }
        } catch let error as SQLError where error.isRefusedQuestion {
            return nil
        }
    }
}

extension SQLError {
    /// Whether the server does not tell: not to this user, not while it is a standby, or not at all.
    fileprivate var isRefusedQuestion: Bool {
        ["42501", "42883", "0A000", "55000"].contains(self.sqlState)
    }
}
