extension Settings {
    /// Reads what may be spent, and what happens while the database is away.
    mutating func readSpending(_ reader: ConfigurationReader) async throws {
        self.cache.budget.usdPerDay = try await reader.value(ConfigurationKeys.budgetPerDay, .dollars)
        self.cache.budget.usdPerDayPerClient = try await reader.value(ConfigurationKeys.budgetPerClient, .dollars)
        if let clients = try await reader.value(ConfigurationKeys.budgetOfClients, .dollarsByName) {
            self.cache.budget.usdPerDayByClient = clients
        }
        try await reader.read(
            ConfigurationKeys.databaseSlowAfter,
            .duration(in: .milliseconds(100) ... .seconds(3_600)),
            into: &self.databaseSlowAfter
        )
        try await reader.read(
            ConfigurationKeys.databaseOutageGrace,
            .duration(in: .zero ... .seconds(60)),
            into: &self.cache.outageGrace
        )
        try await reader.read(ConfigurationKeys.buyWithoutDatabase, .flag, into: &self.cache.buysWithoutDatabase)
        try await reader.read(
            ConfigurationKeys.writeBehindRecordsMax,
            .integer(in: 1_000...10_000_000),
            into: &self.cache.writeBehindRecordsMax
        )
        try await reader.read(
            ConfigurationKeys.writeBehindShutdownTimeout,
            .duration(in: .zero ... .seconds(3_600)),
            into: &self.cache.writeBehindShutdownTimeout
        )
    }
}

extension ConfigurationValue {
    private static var dollarsMax: Double { 1_000_000_000 }

    /// An amount of US dollars.
    fileprivate static var dollars: ConfigurationValue<Double> {
        ConfigurationValue<Double>(allowed: "US dollars as a number from 0 to 1000000000") { text in
            Double(text).flatMap { (0...Self.dollarsMax).contains($0) ? $0 : nil }
        }
    }

    /// Amounts of US dollars by names, each once.
    fileprivate static var dollarsByName: ConfigurationValue<[String: Double]> {
        ConfigurationValue<[String: Double]>(
            allowed: "name=usd such as bot-7=2.50, or several separated by commas, each name once, from 0 to 1000000000"
        ) { text in
            var amounts: [String: Double] = [:]
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let pair = part.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmed }
                guard pair.count == 2, !pair[0].isEmpty, amounts[pair[0]] == nil, let amount = Double(pair[1]),
                    (0...Self.dollarsMax).contains(amount)
                else { return nil }
                amounts[pair[0]] = amount
            }
            return amounts
        }
    }
}
