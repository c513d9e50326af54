import Testing

@testable import SQLDatabase

@Suite struct PostgresAddressTests {
    private static let malformed = [
        "postgres://user:hunter2@host:99999/db", "postgres://user:hunter2@host:port/db",
        "postgres://user:hunt/er2@host/db", "postgres://user:hunt@er2@host/db", "postgres://user:hunter2@host/db?nope=1",
        "postgres://user:hunter2%@host/db", "postgres://user:hunter2%zz@host/db", "postgres://user:hunter2@[::1/db",
        "postgres://user:12/hunter2@host/db", "postgres://host/db?password=hunter2&x", "postgres://user:hunter2@one:1,two:b/db",
        "mysql://user:hunter2@host/db", "postgres:user:hunter2@host", "postgres://user:hunter2@host/d\0b", "hunter2",
    ]

    @Test(arguments: Self.malformed)
    func malformedAddressIsRefusedWithoutShowingAnyOfIt(url: String) {
        let error = #expect(throws: SQLError.self) { try PostgresSettings(url: url, connectTimeout: .seconds(5)) }

        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("hunt") == false)
        #expect(error?.message.contains("er2") == false)
    }

    @Test func everythingThatLibpqAcceptsIsAccepted() throws {
        let settings = try PostgresSettings(
            url: "postgresql://bot:p%40ss@one:5433,two,[::1]:5434/prices?target_session_attrs=read-write&sslmode=require"
                + "&options=-csearch_path%3Dmarket&application_name=a%40b&passfile=/etc/pass",
            connectTimeout: .milliseconds(2_500)
        )

        #expect(settings["user"] == "bot")
        #expect(settings["password"] == "p@ss")
        #expect(settings["host"] == "one,two,::1")
        #expect(settings["port"] == "5433,,5434")
        #expect(settings["dbname"] == "prices")
        #expect(settings["target_session_attrs"] == "read-write")
        #expect(settings["sslmode"] == "require")
        #expect(settings["options"] == "-csearch_path=market")
        #expect(settings["application_name"] == "a@b")
        #expect(settings["connect_timeout"] == "3")
        #expect(settings["client_encoding"] == "UTF8")
    }

    @Test func defaultsNoticeADeadConnectionAndGiveWayToTheAddress() throws {
        let defaults = try PostgresSettings(url: "postgres://host/db", connectTimeout: .seconds(5))
        let given = try PostgresSettings(
            url: "postgres://host/db?keepalives_idle=60&tcp_user_timeout=0&connect_timeout=9&client_encoding=LATIN1",
            connectTimeout: .seconds(5)
        )

        #expect(defaults["fallback_application_name"] == "tapedeck")
        #expect(defaults["keepalives_idle"] == "5")
        #expect(defaults["keepalives_interval"] == "2")
        #expect(defaults["keepalives_count"] == "3")
        #expect(defaults["tcp_user_timeout"] == "4000")
        #expect(defaults["connect_timeout"] == "5")
        #expect(given["keepalives_idle"] == "60")
        #expect(given["tcp_user_timeout"] == "0")
        #expect(given["connect_timeout"] == "9")
        #expect(given["client_encoding"] == "UTF8")
    }

    @Test func libpqCountsNoLessThanTwoSeconds() throws {
        let settings = try PostgresSettings(url: "postgres://host/db", connectTimeout: .milliseconds(10))

        #expect(settings["connect_timeout"] == "2")
    }

    @Test(arguments: [
        ("connection to server at \"h\" (::1), port 5 failed: Connection refused", SQLError.Code.unavailable),
        ("could not translate host name \"h\" to address: Name or service not known", .unavailable),
        ("connection to server at \"h\" failed: FATAL:  sorry, too many clients already", .unavailable),
        ("connection to server at \"h\" failed: FATAL:  the database system is starting up", .unavailable),
        ("connection to server at \"h\" failed: FATAL:  password authentication failed for user \"u\"", .authenticationFailed),
        ("connection to server at \"h\" failed: FATAL:  Passwort-Authentifizierung fehlgeschlagen", .authenticationFailed),
        ("connection to server at \"h\" failed: FATAL:  role \"u\" does not exist", .authenticationFailed),
        ("connection to server at \"h\" failed: FATAL:  no pg_hba.conf entry for host \"h\"", .authenticationFailed),
        ("connection to server at \"h\" failed: FATAL:  database \"d\" does not exist", .invalidURL),
        ("connection to server at \"h\" failed: FATAL:  no such database: d", .invalidURL),
        ("invalid sslmode value: \"x\"", .invalidURL),
        ("session is read-only", .unavailable),
    ])
    func refusalOfTheServerHasItsCodeAndHidesThePassword(message: String, code: SQLError.Code) throws {
        let settings = try PostgresSettings(url: "postgres://u:hunter2@h/d", connectTimeout: .seconds(5))
        let error = settings.connectionError(
            message: message + "\n\tIs hunter2 right?\n",
            needsPassword: false,
            usedPassword: true
        )

        #expect(error.code == code)
        #expect(error.message.contains("Is *** right?"))
        #expect(!error.message.contains("hunter2"))
        #expect(!error.message.contains("\n"))
    }
}
