import Foundation

/// What the program's standard streams are connected to.
enum Terminal {
    /// Whether somebody can be asked: standard input is a terminal.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether a line on standard error can be drawn over.
    static var canRedraw: Bool { isatty(STDERR_FILENO) == 1 }
}
