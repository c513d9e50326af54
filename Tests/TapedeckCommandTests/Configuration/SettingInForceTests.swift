import Foundation
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct SettingInForceTests {
    @Test func eachValueTellsWhereItComesFrom() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path + "/tapedeck.yaml"
            try Data("bars-max: 5000\nport: 1001\nhost: 127.0.0.2\n".utf8).write(to: URL(fileURLWithPath: path))

            let settings = try await SettingInForce.all(
                flags: [ConfigurationKeys.port: "1003", ConfigurationKeys.config: path],
                environment: ["TAPEDECK_HOST": "127.0.0.3", "TAPEDECK_PORT": "1002"]
            )

            func find(_ name: String) -> SettingInForce? { settings.first { $0.name == name } }
            #expect(settings.map(\.name) == ConfigurationKeys.all.map(\.name))
            #expect(find("port") == SettingInForce(name: "port", value: "1003", origin: .flag("--port")))
            #expect(find("host")?.origin == .environment("TAPEDECK_HOST"))
            #expect(find("bars-max") == SettingInForce(name: "bars-max", value: "5000", origin: .file(path)))
            #expect(find("quotes-max")?.origin == .fallback)
            #expect(find("provider")?.value == "simulated")
        }
    }

    @Test func secretsAreMaskedWhereverTheyComeFrom() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path + "/token"
            try Data("secret-of-the-admin\n".utf8).write(to: URL(fileURLWithPath: path))

            let settings = try await SettingInForce.all(
                flags: [:],
                environment: [
                    "DATABENTO_API_KEY": "db-0123456789abcdef0123456789abc", "TAPEDECK_ADMIN_TOKEN_FILE": path,
                    "TAPEDECK_TOKENS": "alpha=secret-of-alpha",
                    "DATABASE_URL": "postgres://someone:p4ssword@db.internal/market?sslpassword=hidden",
                ]
            )

            let shown = settings.map(\.value).joined(separator: " ")
            for secret in ["0123456789abc", "secret-of", "p4ssword", "hidden", "someone"] {
                #expect(!shown.contains(secret), "\(secret)")
            }
            #expect(settings.first { $0.name == "database" }?.value == "postgres://db.internal/market")
            #expect(settings.first { $0.name == "admin-token" }?.origin == .file(path))
            #expect(settings.first { $0.name == "databento-api-key" }?.value == SettingInForce.mask)
        }
    }
}
