extension NoticeConnection {
    /// Reads what has arrived, and hands it on.
    ///
    /// Throws when the connection is lost, or was refused what it needs, and what `body` throws.
    func receive(_ body: (Arrival) throws(SQLError) -> Void) throws(SQLError) {
        guard self.handle.consumeInput() else { throw self.lost }
        while let reply = self.replies.first, !self.handle.isBusy {
            guard let result = self.handle.nextResult() else {
                self.replies.removeFirst()
                try self.end(reply, body)
                continue
            }
            try self.note(result, for: reply)
        }
        while let notice = self.handle.nextNotice() {
            try body(.notice(notice.payload, isOwn: notice.process == self.handle.announcedProcess))
        }
    }

    /// Takes a result of a command, or the end of a transaction.
    private func note(_ result: consuming PostgresResult, for reply: Reply) throws(SQLError) {
        switch result.status {
        case .pipelineSync:
            guard case .sync = reply else { throw self.lost }
            self.replies.removeFirst()
        case .done, .skipped:
            break
        case .rows:
            switch reply {
            case .fact(let fact): self.facts[keyPath: fact] = Self.integer(in: result)
            case .process: self.facts.process = Self.integer(in: result)
            case .necessity, .notices, .sync: break
            }
        case .failure:
            let error = SQLError(result)
            guard error.code != .connectionLost else { throw error }
            self.failure = error
        case .unsupported:
            throw self.lost
        }
    }

    /// Ends a command.
    private func end(_ reply: Reply, _ body: (Arrival) throws(SQLError) -> Void) throws(SQLError) {
        let failure = self.failure
        self.failure = nil
        switch reply {
        case .fact: break
        case .process:
            let epoch = DatabaseEpoch(
                systemIdentifier: self.facts.systemIdentifier,
                timeline: self.facts.timeline,
                serverStartMicroseconds: self.facts.serverStartMicroseconds
            )
            // A pooler announces a number of its own.
            let isDirect = self.facts.process == Int64(self.handle.announcedProcess)
            try body(.identity(epoch, isDirect: isDirect))
        case .necessity:
            if let failure { throw failure }
        case .notices:
            try body(.answer(failure))
        case .sync:
            throw self.lost
        }
    }

    private static func integer(in result: consuming PostgresResult) -> Int64? {
        var value: Int64?
        var row: PostgresRow?
        PostgresRow.lendEach(in: result, reusing: &row) { value = try? $0.integer(0) }
        return value
    }
}
