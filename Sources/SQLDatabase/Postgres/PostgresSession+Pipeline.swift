extension PostgresSession {
    /// What the server answers next.
    enum Reply {
        case deallocation(name: String)
        case preparation(name: String)
        case command(index: Int, key: PostgresStatementCache.Key?)
    }

    /// The protocol counts parameters in 16 bits.
    private static let parametersMax = 65_535

    /// Queues the commands, with what their preparation needs before them, and returns the replies to expect.
    func send(_ commands: [Command]) throws(SQLError) -> [Reply] {
        for case .statement(let sql, let parameters, _) in commands {
            try self.checkText(sql)
            guard parameters.types.count <= Self.parametersMax else {
                throw SQLError(.syntax, "the statement has more than \(Self.parametersMax) parameters")
            }
        }
        var replies: [Reply] = []
        var isQueued = true
        // Not before BEGIN, which must come first in its transaction, and not beside ROLLBACK, before which it would fail.
        var discarded = self.statements?.discarded ?? []
        for (index, command) in commands.enumerated() {
            switch command {
            case .control(let sql):
                isQueued = isQueued && self.handle.send(sql, PostgresParameters())
                replies.append(.command(index: index, key: nil))
            case .statement(let sql, let parameters, _):
                while let name = discarded.popLast() {
                    isQueued = isQueued && self.handle.send("DEALLOCATE \(name)", PostgresParameters())
                    replies.append(.deallocation(name: name))
                }
                let key = PostgresStatementCache.Key(sql: sql, parameterTypes: parameters.types)
                guard let use = self.statements?.use(key) else {
                    isQueued = isQueued && self.handle.send(sql, parameters)
                    replies.append(.command(index: index, key: nil))
                    continue
                }
                if use.mustPrepare {
                    isQueued = isQueued && self.handle.sendPrepare(use.name, sql, parameterTypes: parameters.types)
                    replies.append(.preparation(name: use.name))
                }
                isQueued = isQueued && self.handle.sendPrepared(use.name, parameters)
                replies.append(.command(index: index, key: key))
            }
        }
        guard isQueued, self.handle.sendSync() else { throw self.lose() }
        return replies
    }

    /// Reads the end of a pipeline.
    func receiveSync(_ wait: inout Wait) throws(SQLError) {
        guard let result = try self.nextResult(&wait), case .pipelineSync = result.status else { throw self.lose() }
    }

    /// Whether a result says that its command was carried out; false when it was skipped.
    ///
    /// Throws what failed.
    func isSuccess(_ result: borrowing PostgresResult) throws(SQLError) -> Bool {
        switch result.status {
        case .rows, .done: return true
        case .skipped: return false
        case .failure:
            let error = SQLError(result)
            if error.code == .connectionLost { self.isBroken = true }
            throw error
        case .unsupported:
            self.isBroken = true
            throw SQLError(.syntax, "COPY is not supported; use upsert")
        case .pipelineSync:
            throw self.lose()
        }
    }

    /// Refuses a text that libpq would cut.
    func checkText(_ sql: String) throws(SQLError) {
        guard !sql.utf8.contains(0) else { throw SQLError(.syntax, "the statement has a zero character") }
    }

    /// Tells the statement cache what the server has answered.
    func note(_ reply: Reply, isConfirmed: Bool, failure: SQLError?) {
        switch reply {
        case .deallocation(let name) where isConfirmed:
            self.statements?.confirmDiscarded(name)
        case .preparation(let name) where isConfirmed:
            self.statements?.confirmPrepared(name)
        case .preparation(let name):
            self.statements?.confirmFailed(name)
        case .command(_, let key?) where !isConfirmed && failure?.isStaleStatement == true:
            self.statements?.forget(key)
        case .deallocation, .command:
            break
        }
        if !isConfirmed, failure?.isUnknownStatement == true {
            self.statements?.forgetAll()
        }
    }
}
