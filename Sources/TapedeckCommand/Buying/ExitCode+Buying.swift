import ArgumentParser

extension ExitCode {
    /// Nothing was bought, because the question was not answered with yes.
    static let declined = ExitCode(3)
    /// Ctrl-C or SIGTERM: what was under way is stored, the rest is left.
    static let interrupted = ExitCode(Interruption.exitCode)
}
