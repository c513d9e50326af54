import SQLDatabase

/// One setting as it is in force, fit to be shown.
struct SettingInForce: Equatable, Sendable {
    /// What stands for a secret.
    static let mask = "(set, not shown)"

    /// The setting's name.
    let name: String
    /// Its value; a secret's, and what an address may hold of one, is masked.
    let value: String
    /// Where the value comes from.
    let origin: SettingOrigin

    /// All settings in the order of the documentation.
    ///
    /// Throws `ConfigurationError` for settings that cannot be used.
    static func all(flags: [ConfigurationKey: String], environment: [String: String]) async throws -> [SettingInForce] {
        let settings = try await Settings.load(flags: flags, environment: environment)
        let reader = try await ConfigurationReader(flags: flags, environment: environment)
        var result: [SettingInForce] = []
        for key in ConfigurationKeys.all {
            result.append(try await Self.inForce(key, settings, reader))
        }
        return result
    }

    private static func inForce(
        _ key: ConfigurationKey,
        _ settings: Settings,
        _ reader: ConfigurationReader
    ) async throws -> SettingInForce {
        if let text = try await reader.text(key) {
            return SettingInForce(
                name: key.name,
                value: Self.shown(text, of: key),
                origin: try await reader.origin(of: key)
            )
        }
        // Where the text stands in a file of its own, that file is where it comes from.
        if let fileKey = ConfigurationKeys.all.first(where: { $0.name == key.name + "-file" }),
            let path = try await reader.text(fileKey)
        {
            let value =
                switch key {
                case ConfigurationKeys.database: Self.shown(settings.databaseURL, of: key)
                case ConfigurationKeys.listenDatabase: Self.shown(settings.listenDatabaseURL ?? "none", of: key)
                default: key.isSecret ? Self.mask : "(see \(fileKey.name))"
                }
            return SettingInForce(name: key.name, value: value, origin: .file(path))
        }
        let value =
            key == ConfigurationKeys.provider
            ? settings.providers.map(\.description).joined(separator: ",") : key.fallback
        return SettingInForce(name: key.name, value: value, origin: .fallback)
    }

    /// A value without secrets and line breaks.
    static func shown(_ text: String, of key: ConfigurationKey) -> String {
        if key.isSecret { return Self.mask }
        if key == ConfigurationKeys.database || (key == ConfigurationKeys.listenDatabase && text != "none") {
            return (try? DatabaseURL(parsing: text).redacted) ?? Self.mask
        }
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
