import CLibPQ

/// libpq's right to cancel what a connection runs; it is freed exactly once, when it goes out of scope.
struct PostgresCancelHandle: ~Copyable, @unchecked Sendable {
    // Sendable because libpq documents PQcancel as safe on any thread while the connection is in use, and nothing else
    // touches the handle.
    private let pointer: OpaquePointer

    /// Takes ownership of `pointer`.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQfreeCancel(self.pointer)
    }

    /// Asks the server over a connection of its own to cancel, and returns when the server has closed that connection.
    ///
    /// It blocks for as long as the server takes, without a limit. A failure shows in the statement not ending.
    func cancel() {
        var reason = [CChar](repeating: 0, count: 256)
        PQcancel(self.pointer, &reason, Int32(reason.count))
    }
}
