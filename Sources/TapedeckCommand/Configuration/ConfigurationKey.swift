/// One setting: how it is called in each place where it can be set, and what it does.
struct ConfigurationKey: Hashable, Sendable {
    /// The section of the documentation.
    enum Section: String, CaseIterable, Sendable {
        case general = "General"
        case server = "Server"
        case limits = "Limits"
        case databento = "Databento"
        case simulated = "Simulated market"
        case memory = "Memory and freshness"
        case fetching = "Fetching"
        case degrading = "When something is slow or down"
        case spending = "Spending"
        case database = "Database"
        case fleet = "Several workers"
        case upkeep = "Warming, backfills and retention"
    }

    /// Where it belongs in the documentation.
    let section: Section
    /// The name in a configuration file.
    let name: String
    /// The environment variable.
    let environment: String
    /// Whether `--name` sets it, on the commands that need it.
    var isFlag = false
    /// Whether a configuration file may set it.
    ///
    /// Secrets stay out of files that end up in repositories.
    var isAllowedInFile = true
    /// Whether its value is a secret, which nothing ever prints.
    var isSecret = false
    /// The default, in words or as it would be written.
    let fallback: String
    /// What it does, with what is allowed.
    let help: String

    /// All places where it can be set, most important first: `--port, TAPEDECK_PORT or port in the file`.
    var places: String {
        var places = self.isFlag ? ["--\(self.name)"] : []
        places.append(self.environment)
        if self.isAllowedInFile { places.append("'\(self.name)' in the configuration file") }
        return places.count == 1
            ? places[0] : places.dropLast().joined(separator: ", ") + " or " + (places.last ?? "")
    }
}
