/// Whether a fetch may still ask the vendor, looked up before each request, also before one that repeats another.
///
/// A worker that shares its purchases with others may ask only while nobody else can have taken its place.
public enum RequestPermission {
    /// Answers for the task and what it starts; by default every request is allowed.
    @TaskLocal public static var mayAsk: @Sendable () -> Bool = { true }

    /// Throws `leaseLost` when nothing may be asked any more.
    public static func check() throws(ProviderError) {
        guard Self.mayAsk() else {
            throw ProviderError(.leaseLost, "nothing more is asked: another worker may be buying this by now")
        }
    }
}
