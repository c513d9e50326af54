import Foundation

@testable import TapedeckCommand

/// Settings from flags, the environment and a file: they make a whole, or one error says which is wrong and no secret.
///
/// An input is lines `--flag=value` and `VARIABLE=value`, an empty line, and the text of a YAML or JSON file.
enum ConfigurationReading {
    /// Short secrets are part of other words by accident.
    private static let secretBytesMin = 6
    private static let file = FileManager.default.temporaryDirectory
        .appending(path: "tapedeck-fuzz-\(ProcessInfo.processInfo.processIdentifier).yaml").path

    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var (flags, environment) = Self.assignments(parts[0])
        if parts.count == 2 {
            promise(FileManager.default.createFile(atPath: Self.file, contents: Data(parts[1].utf8)), "a file is made")
            environment["TAPEDECK_CONFIG"] = Self.file
        }
        let given = (flags, environment, parts.count == 2 ? parts[1] : "")
        wait { await Self.load(flags: given.0, environment: given.1, file: given.2) }
    }

    /// Files other than our own are not read: an input may name a device that never ends.
    private static func assignments(_ lines: Substring) -> ([ConfigurationKey: String], [String: String]) {
        var flags: [ConfigurationKey: String] = [:]
        var environment: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[0].hasSuffix("_FILE"), pair[0] != "TAPEDECK_CONFIG" else { continue }
            if let key = ConfigurationKeys.all.first(where: { $0.isFlag && "--" + $0.name == pair[0] }) {
                if key != ConfigurationKeys.config { flags[key] = pair[1] }
            } else {
                environment[pair[0]] = pair[1]
            }
        }
        return (flags, environment)
    }

    private static func load(flags: [ConfigurationKey: String], environment: [String: String], file: Substring) async {
        do {
            let settings = try await Settings.load(flags: flags, environment: environment)
            promise(!settings.providers.isEmpty, "there is somewhere to buy")
            promise((0...65_535).contains(settings.worker.port), "the port is one")
            promise(settings.cache.barsMax >= 100, "memory has room")
        } catch let error as ConfigurationError {
            promise(!error.description.isEmpty && !error.description.contains("\n"), "'\(error)' is one line")
            Self.checkSecrecy(error.description, environment, public: "\(file) \(flags.values.joined(separator: " "))")
        } catch {
            promise(false, "settings are refused as settings: \(error)")
        }
    }

    /// A secret that is also a part of what is no secret may be shown.
    private static func checkSecrecy(_ message: String, _ environment: [String: String], public other: String) {
        for key in ConfigurationKeys.all where key.isSecret {
            guard let secret = environment[key.environment], secret.utf8.count >= Self.secretBytesMin else { continue }
            let others = environment.filter { $0.key != key.environment }
            guard !others.contains(where: { $0.key.contains(secret) || $0.value.contains(secret) }),
                !other.contains(secret)
            else { continue }
            promise(!message.contains(secret), "'\(message)' does not show the secret of \(key.name)")
        }
    }
}
