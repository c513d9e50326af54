/// One line of a diagnosis.
struct Finding: Equatable, Sendable {
    /// How bad it is.
    enum Level: String, Comparable, Sendable {
        case ok
        case warn
        case fail

        static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warn: 1
            case .fail: 2
            }
        }
    }

    /// How bad it is.
    let level: Level
    /// What was looked at: `database`, `key`.
    let subject: String
    /// What was found.
    let message: String
    /// What to do about it, nil when there is nothing to do.
    let advice: String?

    /// Nothing is wrong.
    static func ok(_ subject: String, _ message: String) -> Finding {
        Finding(level: .ok, subject: subject, message: message, advice: nil)
    }

    /// It works, and something should be done.
    static func warn(_ subject: String, _ message: String, _ advice: String) -> Finding {
        Finding(level: .warn, subject: subject, message: message, advice: advice)
    }

    /// It does not work.
    static func fail(_ subject: String, _ message: String, _ advice: String) -> Finding {
        Finding(level: .fail, subject: subject, message: message, advice: advice)
    }
}
