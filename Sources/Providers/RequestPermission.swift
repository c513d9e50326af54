/// Whether a fetch may still ask the vendor, looked up before each request, also before one that repeats another.
///
/// A worker that shares its purchases with others may ask only while nobody else can have taken its place.
public struct RequestPermission: Sendable {
    /// What holds for the task and what it starts; by default every request is allowed.
    ///
    /// It is no bare closure: optimized, Swift 6.3 looks for a task-local closure's type where there is none, and crashes.
    @TaskLocal public static var current = RequestPermission { true }

    private let mayAsk: @Sendable () -> Bool

    /// Creates a permission that `mayAsk` gives anew for each request.
    public init(_ mayAsk: @escaping @Sendable () -> Bool) {
        self.mayAsk = mayAsk
    }

    /// Throws `leaseLost` when nothing may be asked any more.
    public static func check() throws(ProviderError) {
        guard Self.current.mayAsk() else {
            throw ProviderError(.leaseLost, "nothing more is asked: another worker may be buying this by now")
        }
    }
}
