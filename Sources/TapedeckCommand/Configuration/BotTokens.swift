/// Reads the bots' tokens.
enum BotTokens {
    /// Reads `name=token` pairs, separated by commas or lines.
    ///
    /// Throws `ConfigurationError`, which shows names but no tokens.
    static func parse(_ text: String) throws -> [(name: String, token: String)] {
        var tokens: [(name: String, token: String)] = []
        for part in text.split(whereSeparator: { $0 == "," || $0.isNewline }) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).trimmed }
            guard pair.count == 2, !pair[1].isEmpty, !pair[1].contains(where: \.isWhitespace), self.isName(pair[0])
            else {
                throw self.malformed("pair \(tokens.count + 1) is not name=token")
            }
            guard !tokens.contains(where: { $0.name == pair[0] }) else {
                throw self.malformed("the name '\(pair[0])' is there twice")
            }
            guard !tokens.contains(where: { $0.token == pair[1] }) else {
                throw self.malformed("'\(pair[0])' has the same token as another bot")
            }
            tokens.append((pair[0], pair[1]))
        }
        guard !tokens.isEmpty else { throw self.malformed("there is no pair") }
        return tokens
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
                default: false
                }
            }
    }

    private static func malformed(_ problem: String) -> ConfigurationError {
        ConfigurationError(
            "tokens: \(problem) (not shown); use name=token pairs separated by commas, names of letters, digits, '.', "
                + "'_' and '-' (set by \(ConfigurationKeys.tokens.places) or \(ConfigurationKeys.tokensFile.places))"
        )
    }
}
