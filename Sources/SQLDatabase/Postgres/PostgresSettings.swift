import CLibPQ

/// How to connect: libpq's parameters, from an address and the driver's defaults.
struct PostgresSettings: Sendable {
    /// One of libpq's parameters.
    struct Parameter: Hashable, Sendable {
        let keyword: String
        let value: String
    }

    /// What the address does not say.
    ///
    /// Together they find a dead connection within seconds: an idle one by keepalives, a busy one by the TCP user
    /// timeout.
    private static let defaults = [
        Parameter(keyword: "fallback_application_name", value: "tapedeck"),
        Parameter(keyword: "keepalives_idle", value: "5"),
        Parameter(keyword: "keepalives_interval", value: "2"),
        Parameter(keyword: "keepalives_count", value: "3"),
        Parameter(keyword: "tcp_user_timeout", value: "4000"),
    ]

    let parameters: [Parameter]
    /// Values that no message may show.
    private let secrets: [String]

    /// Reads an address with libpq's own parser.
    ///
    /// `connectTimeout` goes for each host, is rounded up to whole seconds, and is 2 s at least, because libpq counts so.
    /// Throws `invalidURL` with a message that quotes nothing of the address but the names of its parameters.
    init(url: String, connectTimeout: Duration) throws(SQLError) {
        try Self.checkPunctuation(url)
        let (given, secrets) = try Self.parse(url)
        var parameters = given
        func setDefault(_ parameter: Parameter) {
            if !parameters.contains(where: { $0.keyword == parameter.keyword }) {
                parameters.append(parameter)
            }
        }
        Self.defaults.forEach(setDefault)
        let (seconds, attoseconds) = connectTimeout.components
        let timeoutSeconds = max(2, seconds + (attoseconds > 0 ? 1 : 0))
        setDefault(Parameter(keyword: "connect_timeout", value: String(timeoutSeconds)))
        // Texts are decoded as UTF-8 whatever the address says.
        parameters.removeAll { $0.keyword == "client_encoding" }
        parameters.append(Parameter(keyword: "client_encoding", value: "UTF8"))
        self.parameters = parameters
        self.secrets = secrets
    }

    /// What to throw when libpq could not connect, from its message.
    ///
    /// libpq shows no SQLSTATE here, so the code follows from the text, which a server may translate; what is not
    /// recognised counts as refused where a password was sent, as unavailable else.
    func connectionError(message: String, needsPassword: Bool, usedPassword: Bool) -> SQLError {
        let text = self.redacted(message)
        func holds(_ fragments: String...) -> Bool { fragments.contains { text.contains($0) } }
        // PgBouncer says "no such …".
        if holds("no such database") || (holds("FATAL:  database \"") && holds("\" does not exist")) {
            return SQLError(.invalidURL, "the server has no such database: \(text)")
        }
        if needsPassword
            || holds(
                "authentication failed",
                "no pg_hba.conf entry",
                "no such user",
                "is not permitted to log in",
                "no password supplied"
            ) || (holds("role \"") && holds("\" does not exist"))
        {
            return SQLError(.authenticationFailed, "the server refuses the login: \(text)")
        }
        let isTemporary = holds(
            "too many clients",
            "too many connections",
            "remaining connection slots",
            "the database system is",
            "terminating connection",
            "server closed the connection",
            "timeout expired",
            "session is"
        )
        if usedPassword && !isTemporary && holds("FATAL") {
            return SQLError(.authenticationFailed, "the server refuses the login: \(text)")
        }
        if holds("invalid ") && !holds("connection to server") {
            return SQLError(.invalidURL, "libpq refuses a parameter of the address: \(text)")
        }
        return SQLError(.unavailable, "cannot connect to Postgres: \(text)")
    }

    /// A message of libpq on one line, without any of the secrets.
    private func redacted(_ message: String) -> String {
        let lines = message.split(separator: "\n").map { line in
            String(line.drop { $0 == " " || $0 == "\t" })
        }
        return self.secrets.reduce(lines.joined(separator: "; ")) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
    }

    /// Refuses addresses in which a password with bare punctuation would be taken for a host, port or database, and so
    /// would end up in messages.
    private static func checkPunctuation(_ url: String) throws(SQLError) {
        guard let scheme = ["postgres://", "postgresql://"].first(where: url.hasPrefix) else {
            throw SQLError(.invalidURL, "a Postgres address begins with postgres:// or postgresql://")
        }
        guard !url.utf8.contains(0) else {
            throw SQLError(.invalidURL, "the Postgres address holds a NUL character")
        }
        let address = url.dropFirst(scheme.count)
        let userEnd = address.firstIndex { $0 == "@" || $0 == "/" }
        let rest = userEnd.map { address[$0] == "@" ? address[address.index(after: $0)...] : address[...] } ?? address
        let beforeQuery = rest.prefix { $0 != "?" }
        guard !beforeQuery.contains("@") else {
            throw SQLError(
                .invalidURL,
                "the Postgres address has an unexpected '@': in a user name or password write %40 for '@', %2F for '/', "
                    + "%3A for ':', %3F for '?', %23 for '#' and %25 for '%'"
            )
        }
    }

    /// The address's parameters, and which of their values are secret.
    private static func parse(_ url: String) throws(SQLError) -> ([Parameter], secrets: [String]) {
        var reason: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &reason) else {
            // libpq's reason quotes parts of the address.
            PQfreemem(reason)
            throw SQLError(
                .invalidURL,
                "the Postgres address is malformed: it must read "
                    + "postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE with libpq's parameters, and with "
                    + "percent-encoding for punctuation"
            )
        }
        defer { PQconninfoFree(options) }
        var parameters: [Parameter] = []
        var secrets: [String] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val.map({ String(cString: $0) }), !value.isEmpty {
                parameters.append(Parameter(keyword: String(cString: keyword), value: value))
                // libpq marks what a user interface should hide.
                if let display = option.pointee.dispchar, String(cString: display) == "*" {
                    secrets.append(value)
                }
            }
            option += 1
        }
        try self.checkPorts(parameters)
        return (parameters, secrets)
    }

    /// Refuses ports that are none without quoting them, because they may be a part of a password.
    private static func checkPorts(_ parameters: [Parameter]) throws(SQLError) {
        guard let ports = parameters.first(where: { $0.keyword == "port" })?.value else { return }
        for port in ports.split(separator: ",", omittingEmptySubsequences: false) where !port.isEmpty {
            guard let number = Int(port), (1...65_535).contains(number) else {
                throw SQLError(
                    .invalidURL,
                    "a port of the Postgres address is not a number from 1 to 65535; in a password write %3A for ':' "
                        + "and %2F for '/'"
                )
            }
        }
    }
}
