public struct DatabaseEpoch: Hashable, Sendable {
    public var systemIdentifier: String?
    public var timeline: Int64?
    public var serverStart: String?
    public init(systemIdentifier: String?, timeline: Int64?, serverStart: String?) {
        self.systemIdentifier = systemIdentifier
        self.timeline = timeline
        self.serverStart = serverStart
    }
}
public final class NoticeChannel: Sendable {
    public enum Event: Sendable { case opened(DatabaseEpoch), notice(String), closed(SQLError) }
    public func run(heartbeat: @escaping @Sendable () -> String, _ handle: @escaping @Sendable (Event) async -> Void)
        async
    {}
    public func send(_ payloads: [String]) async throws {}
}
extension Database { public func changeCounter() async throws -> Int64? { nil } }
extension DatabaseEpoch {
    package func continues(_ other: DatabaseEpoch) -> Bool {
        self.systemIdentifier == other.systemIdentifier && self.timeline == other.timeline
    }
}
