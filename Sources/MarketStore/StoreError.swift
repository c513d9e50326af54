/// An error of the market store itself; what the database refuses is thrown as the database's own `SQLError`.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure happened, and what a caller can do about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidRecord, invalidArgument, corruptRow, leaseLost
        }

        private let value: Value

        /// A record that must not be stored (not finite, out of order, off the grid); nothing was written.
        public static let invalidRecord = Self(value: .invalidRecord)
        /// An argument is outside what the call allows; nothing was written.
        public static let invalidArgument = Self(value: .invalidArgument)
        /// A stored row does not decode; retrying cannot help.
        public static let corruptRow = Self(value: .corruptRow)

        /// The lease under which it was bought is another worker's by now, or was given back; nothing was written: look
        /// again what is missing.
        public static let leaseLost = Self(value: .leaseLost)

        /// The name of the code.
        public var description: String { self.value.rawValue }
    }

    /// What kind of failure happened.
    public let code: Code
    /// What was wrong, naming the value and what is allowed.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(self.code): \(self.message)" }
}
