import ArgumentParser

/// Asks before money is spent.
struct Confirmation: Sendable {
    /// Whether `--yes` said it all.
    let isGiven: Bool

    /// Refuses at once what could not be asked later.
    ///
    /// Throws `ConfigurationError` without a terminal and without `--yes`.
    func requirePossible() throws {
        guard self.isGiven || Terminal.canAsk else {
            throw ConfigurationError("standard input is no terminal, so nobody can be asked: give --yes to buy unasked")
        }
    }

    /// Whether it may be done.
    ///
    /// Anything but `y` and `yes`, also the end of input, is a no.
    func ask(_ question: String) -> Bool {
        if self.isGiven { return true }
        StandardOutput.errorText("\(question) [y/N] ")
        return Self.isYes(readLine(strippingNewline: true))
    }

    /// Whether an answer is a yes.
    static func isYes(_ answer: String?) -> Bool {
        ["y", "yes"].contains(answer?.trimmed.lowercased() ?? "")
    }
}

/// The options of commands that buy on demand.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Buy without asking.")
    var yes = false

    @Flag(help: "Only print the price; buy nothing.")
    var dryRun = false

    func validate() throws {
        if self.yes && self.dryRun { throw ValidationError("Give either --yes or --dry-run, not both.") }
    }
}
