@testable import SQLDatabase
@testable import TapedeckCommand

/// Addresses of databases, which show nothing of a password, and the scripts of migrations.
enum DatabaseURLReading {
    /// Short passwords are part of other words by accident.
    private static let passwordBytesMin = 6

    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        Self.checkAddress(text)
        _ = PostgresScriptScanner.firstWords(text)
        text.withCString { _ = SQLText.isTransactionControl($0) }
    }

    private static func checkAddress(_ text: String) {
        let settings: PostgresSettings
        do throws(SQLError) {
            let url = try DatabaseURL(parsing: text)
            guard text.lowercased().hasPrefix("postgres") else { return }
            settings = try PostgresSettings(url: text, connectTimeout: .seconds(5))
            Self.checkSecrecy(text, settings, shown: url.redacted)
        } catch {
            promise(error.code == .invalidURL, "an address is refused as one: \(error)")
        }
    }

    private static func checkSecrecy(_ text: String, _ settings: PostgresSettings, shown: String) {
        guard let password = settings.parameters.first(where: { $0.keyword == "password" })?.value,
            password.utf8.count >= Self.passwordBytesMin,
            !settings.parameters.contains(where: { $0.keyword != "password" && $0.value.contains(password) })
        else { return }
        promise(!shown.contains(password), "'\(shown)' does not show the password '\(password)'")
        let error = settings.connectionError(
            message: "connection failed: \(password) is wrong",
            needsPassword: false,
            usedPassword: true
        )
        promise(!error.message.contains(password), "'\(error.message)' does not show '\(password)'")
        promise(DatabaseAddress.holdsPassword(text), "'\(text)' is known to hold a password")
    }
}
