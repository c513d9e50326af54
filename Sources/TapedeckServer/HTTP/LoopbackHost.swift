/// Tells addresses that only this machine reaches from others.
public enum LoopbackHost {
    /// Whether a worker bound to `host` is reachable from this machine only: `localhost`, `127.…` or `::1`.
    public static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
