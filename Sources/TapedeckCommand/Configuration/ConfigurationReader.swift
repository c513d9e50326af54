import Configuration
import Locking

/// Reads settings from flags, the environment and a file, in this order of weight.
///
/// It refuses what it does not know: environment variables that begin with `TAPEDECK_` and keys of the file.
struct ConfigurationReader: Sendable {
    /// The longest file of settings, in bytes.
    private static let fileBytesMax = 1 << 20

    private let reader: ConfigReader
    private let flags: [ConfigurationKey: String]
    private let environment: [String: String]
    private let file: (path: String, reader: ConfigReader)?

    /// Collects the sources.
    ///
    /// `flags` has the values of the flags that were given, by key. Throws `ConfigurationError`.
    init(flags: [ConfigurationKey: String], environment: [String: String]) async throws {
        try Self.refuseUnknown(in: environment)
        let known = environment.filter { variable in
            !variable.value.isEmpty && ConfigurationKeys.all.contains { $0.environment == variable.key }
        }
        let secrets = Set(ConfigurationKeys.all.filter(\.isSecret).map(\.environment))
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map { key, value in
                        (AbsoluteConfigKey([key.name]), ConfigValue(.string(value), isSecret: key.isSecret))
                    }
                )
            ),
            EnvironmentVariablesProvider(environmentVariables: known, secretsSpecifier: .specific(secrets))
                .mapKeys { key in AbsoluteConfigKey([ConfigurationKeys.environmentName(of: key.components)]) },
        ]
        if let path = flags[ConfigurationKeys.config] ?? known[ConfigurationKeys.config.environment] {
            let provider = try await Self.fileProvider(path: path)
            providers.append(provider)
            self.file = (path, ConfigReader(provider: provider))
        } else {
            self.file = nil
        }
        self.reader = ConfigReader(providers: providers)
        self.flags = flags
        self.environment = known
    }

    /// Where the value of a key comes from.
    func origin(of key: ConfigurationKey) async throws -> SettingOrigin {
        if self.flags[key].map({ !$0.isEmpty }) == true { return .flag("--\(key.name)") }
        if self.environment[key.environment] != nil { return .environment(key.environment) }
        if let file = self.file, let text = try? await file.reader.fetchString(forKey: ConfigKey([key.name])),
            !text.isEmpty
        {
            return .file(file.path)
        }
        return .fallback
    }

    /// The value of a key as text, or nil when nothing sets it.
    ///
    /// Throws `ConfigurationError` for a list or a section where one value belongs.
    func text(_ key: ConfigurationKey) async throws -> String? {
        do {
            let text = try await self.reader.fetchString(forKey: ConfigKey([key.name]), isSecret: key.isSecret)
            return text.flatMap { $0.isEmpty ? nil : $0 }
        } catch {
            throw ConfigurationError("\(key.name): one value is allowed, not a list (set by \(key.places))")
        }
    }

    /// A long text, such as a secret: from its variable, or from the file whose path `fileKey` has; nil when neither is set.
    ///
    /// Of a file the surrounding white space is left out. Throws `ConfigurationError` when both are set, or the file
    /// cannot be read or is empty.
    func secret(_ key: ConfigurationKey, file fileKey: ConfigurationKey) async throws -> String? {
        let direct = try await self.text(key)
        guard let path = try await self.text(fileKey) else { return direct }
        guard direct == nil else {
            throw ConfigurationError("\(key.environment) and \(fileKey.environment) are both set: set one of them")
        }
        guard let secret = TextFile.contents(path: path, bytesMax: 65_536)?.trimmed, !secret.isEmpty else {
            throw ConfigurationError(
                "\(fileKey.name): '\(path.prefix(100))' cannot be read or is empty (set by \(fileKey.places))"
            )
        }
        return secret
    }

    private static func refuseUnknown(in environment: [String: String]) throws(ConfigurationError) {
        let known = ConfigurationKeys.all.map(\.environment)
        let unknown = environment.keys.filter { name in
            name.hasPrefix("TAPEDECK_") && !name.hasPrefix("TAPEDECK_TEST_") && !known.contains(name)
        }
        guard let name = unknown.min() else { return }
        throw ConfigurationError(
            "\(name): there is no such setting" + Suggestion.text(for: name, among: known)
                + "; 'tapedeck help serve' lists all"
        )
    }

    /// A YAML file, or a JSON file, which is YAML too.
    private static func fileProvider(path: String) async throws -> any ConfigProvider {
        guard [".yaml", ".yml", ".json"].contains(where: { path.hasSuffix($0) }) else {
            throw ConfigurationError("config: '\(path.prefix(200))' is not allowed; use a .yaml, .yml or .json file")
        }
        guard TextFile.contents(path: path, bytesMax: Self.fileBytesMax) != nil else {
            throw ConfigurationError(
                "config: '\(path.prefix(200))' cannot be read; use a text file of up to \(Self.fileBytesMax) bytes"
            )
        }
        let found = Locked<Set<String>>([])
        let provider: FileProvider<YAMLSnapshot>
        do {
            // The specifier is asked about every key of the file, which is how unknown ones are noticed.
            provider = try await FileProvider<YAMLSnapshot>(
                parsingOptions: YAMLSnapshot.ParsingOptions(
                    secretsSpecifier: .dynamic { key, _ in
                        found.withLock { _ = $0.insert(key) }
                        return false
                    }
                ),
                filePath: .init(path)
            )
        } catch {
            // The first line names the place; the others quote the file, which may hold what should not be in it.
            let reason = "\(error)".prefix { !$0.isNewline }
            throw ConfigurationError("config: '\(path.prefix(200))' cannot be read as YAML or JSON: \(reason)")
        }
        let allowed = ConfigurationKeys.all.filter(\.isAllowedInFile).map(\.name)
        if let name = found.withLock({ $0 }).subtracting(allowed).min() {
            throw Self.notInFile(name, path: path, allowed: allowed)
        }
        let database = ConfigKey([ConfigurationKeys.database.name])
        if let url = try? await ConfigReader(provider: provider).fetchString(forKey: database),
            DatabaseAddress.holdsPassword(url)
        {
            throw ConfigurationError(
                "database in \(path): the file must not hold a password; put the address into DATABASE_URL or "
                    + "DATABASE_URL_FILE"
            )
        }
        return provider
    }

    private static func notInFile(_ name: String, path: String, allowed: [String]) -> ConfigurationError {
        if let key = ConfigurationKeys.all.first(where: { $0.name == name }) {
            return ConfigurationError("\(name) in \(path): not allowed in a file; set it by \(key.places)")
        }
        return ConfigurationError(
            "\(Self.shown(name)) in \(path): there is no such setting" + Suggestion.text(for: name, among: allowed)
                + "; 'tapedeck help serve' lists all"
        )
    }

    /// A name from a file as far as it looks like one: what follows may be a value, even a secret, on the wrong side.
    private static func shown(_ name: String) -> String {
        let plain = name.prefix(64).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return plain.count == name.count ? name : plain + "…"
    }
}
