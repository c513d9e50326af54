import TestSupport
import Testing

@testable import SQLDatabase

@Suite struct DatabaseURLTests {
    @Test(arguments: [
        ("sqlite:data/market-cache.db", "sqlite:data/market-cache.db"),
        ("sqlite:/var/lib/x y.db", "sqlite:/var/lib/x y.db"),
        ("sqlite:///var/lib/x.db", "sqlite:/var/lib/x.db"),
        ("SQLite::memory:", "sqlite::memory:"),
        ("postgres://localhost/market", "postgres://localhost/market"),
        ("postgres:///market", "postgres:///market"),
        ("postgresql://[::1]:5432/market", "postgresql://[::1]:5432/market"),
        ("postgresql://%2Fvar%2Frun/market", "postgresql://%2Fvar%2Frun/market"),
        ("postgresql://a:1,b:2,c/market?target_session_attrs=read-write", "postgresql://a:1,b:2,c/market"),
    ])
    func addressIsShownForLogs(text: String, shown: String) throws {
        #expect(try DatabaseURL(parsing: text).redacted == shown)
    }

    @Test(arguments: [
        "postgres://bot:hunter2@db.example:5432/market", "postgres://bot:hunter2@/market",
        "postgres://hunter2@db/market",
        "postgres://bot:hun?ter2@db/market", "postgres://bot:hunter2/more@db/market", "postgres://bot:hunter2",
        "postgres://bot:hunter2/market", "postgres://db/market?user=bot&password=hunter2",
        "postgres://db/market?sslpassword=hunter2@x", "postgres://bot:a@hunter2@db/market",
        "postgres://db,bot:hunter2/x",
        "postgresql://bot:hunter2@a:1,b:2/market?application_name=x",
    ])
    func passwordIsNotShown(text: String) throws {
        let shown = try DatabaseURL(parsing: text).redacted

        #expect(!shown.contains("hunter2") && !shown.contains("hun?") && !shown.contains("bot"), "\(shown)")
        #expect(shown.hasPrefix("postgres"))
    }

    @Test(arguments: [
        "", "market.db", "mysql://bot:hunter2@db/market", "postgres:bot:hunter2@db", "postgresql:", "sqlite:",
        "sqlite://",
        "sqlite://host/file.db", "sqlite::other:", "sqlite:folder/", "sqlite:a\0b", "http://bot:hunter2@x",
        " sqlite:x", "bot:hunter2",
    ])
    func addressOfAnUnknownKindIsRefusedWithoutShowingIt(text: String) {
        let error = #expect(throws: SQLError.self) { try DatabaseURL(parsing: text) }

        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("sqlite:PATH") == true)
        #expect(error?.message.contains("postgresql://") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func refusalReachesTheCallerOfConnect() async {
        await expectError(.invalidURL) { try await Database.connect("oracle://bot:hunter2@db", logger: .silent) }
    }
}
