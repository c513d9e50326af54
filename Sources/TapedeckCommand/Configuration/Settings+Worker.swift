import TapedeckServer

extension Settings {
    /// Reads how the worker listens and whom it lets in.
    ///
    /// Throws `ConfigurationError`.
    mutating func readWorker(_ reader: ConfigurationReader) async throws {
        if let host = try await reader.text(ConfigurationKeys.host) { self.worker.host = host }
        try await reader.read(ConfigurationKeys.port, .integer(in: 0...65_535), into: &self.worker.port)
        self.worker.tokens = try await Self.tokens(reader)
        self.worker.tls = try await Self.tlsFiles(reader)
        let timeouts = ConfigurationValue<Duration>.duration(in: .milliseconds(100) ... .seconds(86_400))
        try await reader.read(ConfigurationKeys.requestTimeout, timeouts, into: &self.worker.requestTimeout)
        try await reader.read(ConfigurationKeys.idleTimeout, timeouts, into: &self.worker.idleTimeout)
        try await reader.read(ConfigurationKeys.receiveTimeout, timeouts, into: &self.worker.receiveTimeout)
        try await reader.read(ConfigurationKeys.stalledWriteTimeout, timeouts, into: &self.worker.stalledWriteTimeout)
        try await reader.read(ConfigurationKeys.shutdownTimeout, timeouts, into: &self.worker.shutdownTimeout)
    }

    /// Reads how much the worker takes on.
    ///
    /// Throws `ConfigurationError`.
    mutating func readLimits(_ reader: ConfigurationReader) async throws {
        let million = ConfigurationValue<Int>.integer(in: 1...1_000_000)
        try await reader.read(ConfigurationKeys.connectionsMax, million, into: &self.worker.connectionsMax)
        try await reader.read(ConfigurationKeys.requestsMax, million, into: &self.worker.admission.requestsMax)
        try await reader.read(
            ConfigurationKeys.clientRequestsMax,
            million,
            into: &self.worker.admission.clientRequestsMax
        )
        try await reader.read(ConfigurationKeys.clientRateMax, million, into: &self.worker.admission.clientRateMax)
        try await reader.read(ConfigurationKeys.clientBurstMax, million, into: &self.worker.admission.clientBurstMax)
        try await reader.read(ConfigurationKeys.clientsMax, million, into: &self.worker.admission.clientsMax)
        let bytes = ConfigurationValue<Int>.integer(in: 1_024...1_048_576)
        try await reader.read(ConfigurationKeys.targetBytesMax, bytes, into: &self.worker.targetBytesMax)
        try await reader.read(ConfigurationKeys.headerBytesMax, bytes, into: &self.worker.headerBytesMax)
        try await reader.read(
            ConfigurationKeys.headerFieldsMax,
            .integer(in: 10...10_000),
            into: &self.worker.headerFieldsMax
        )
        try await reader.read(
            ConfigurationKeys.bodyBytesMax,
            .integer(in: 0...1_048_576),
            into: &self.worker.bodyBytesMax
        )
        if let count = try await reader.value(ConfigurationKeys.answerBarsMax, .integer(in: 100...10_000_000)) {
            self.cache.answerBarsMax = count
            self.cache.answerQuotesMax = count
        }
        try await reader.read(
            ConfigurationKeys.rangePeriodsMax,
            .integer(in: 1_000...10_000_000_000),
            into: &self.worker.rangePeriodsMax
        )
    }

    private static func tokens(_ reader: ConfigurationReader) async throws -> AccessTokens {
        let admin = try await reader.secret(ConfigurationKeys.adminToken, file: ConfigurationKeys.adminTokenFile)
        let bots =
            try await reader.secret(ConfigurationKeys.tokens, file: ConfigurationKeys.tokensFile)
            .map(BotTokens.parse) ?? []
        if let bot = bots.first(where: { $0.token == admin }) {
            throw ConfigurationError(
                "tokens: '\(bot.name)' has the operator's token (not shown); give each bot a token of its own "
                    + "(set by \(ConfigurationKeys.tokens.places) or \(ConfigurationKeys.tokensFile.places))"
            )
        }
        return AccessTokens(admin: admin, bots: bots)
    }

    private static func tlsFiles(_ reader: ConfigurationReader) async throws -> TLSFiles? {
        let certificate = try await reader.text(ConfigurationKeys.tlsCertificateFile)
        let key = try await reader.text(ConfigurationKeys.tlsKeyFile)
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (nil, .some): throw Self.lacks(ConfigurationKeys.tlsCertificateFile, beside: ConfigurationKeys.tlsKeyFile)
        case (.some, nil): throw Self.lacks(ConfigurationKeys.tlsKeyFile, beside: ConfigurationKeys.tlsCertificateFile)
        }
    }

    private static func lacks(_ key: ConfigurationKey, beside other: ConfigurationKey) -> ConfigurationError {
        ConfigurationError("\(key.name): it is needed with \(other.name), for HTTPS; set both or neither")
    }
}
