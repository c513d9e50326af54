import Foundation
import Locking
import TestSupport

@testable import SQLDatabase

/// A TCP proxy before the test server that can stall, cut and refuse connections, and counts round trips.
final class PostgresProxy: Sendable {
    /// What the proxy does with the bytes and connections that arrive.
    enum Behaviour: Sendable {
        case forward
        /// Connections are accepted and stay open, but nothing is passed on.
        case stall
        /// Nothing is passed on over connections that were open before; later ones work.
        case stallOpenConnections
        /// Connections are accepted and closed at once, and those that were open are cut.
        case cut
    }

    private struct State {
        var behaviour = Behaviour.forward
        var isStopped = false
        var applied: [DispatchSemaphore] = []
        var roundTripCount = 0
        var connectionCount = 0
        var closedConnectionCount = 0
    }

    /// The port at 127.0.0.1.
    let port: UInt16
    private let listener: Int32
    private let wake: WakePipe
    private let state = Locked(State())

    private init() throws {
        self.wake = try WakePipe()
        self.listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isListening else {
            throw SQLError(.other, "the proxy cannot listen: \(String(cString: strerror(errno)))")
        }
        self.port = UInt16(bigEndian: address.sin_port)
    }

    /// Lends a running proxy and the server's address through it.
    static func with<Value: Sendable>(
        parameters: [String: String] = [:],
        _ body: (PostgresProxy, String) async throws -> Value
    ) async throws -> Value {
        try await PostgresSchema.testsAtOnce.withPermit { try await self.withProxy(parameters: parameters, body) }
    }

    /// As `with`, for a test whose turn it is already.
    static func withProxy<Value>(
        parameters: [String: String] = [:],
        _ body: (PostgresProxy, String) async throws -> Value
    ) async throws -> Value {
        let settings = try PostgresSettings(url: PostgresFixture.url ?? "", connectTimeout: .seconds(5))
        let proxy = try PostgresProxy()
        let (host, port) = (settings["host"] ?? "127.0.0.1", settings["port"] ?? "5432")
        let thread = Thread { proxy.run(serverHost: host, serverPort: port) }
        thread.name = "postgres-proxy"
        thread.start()
        defer { proxy.stop() }
        return try await body(proxy, settings.address(replacing: proxy.replacements.merging(parameters) { $1 }))
    }

    /// The parameters that lead through the proxy.
    var replacements: [String: String] { ["host": "127.0.0.1", "port": "\(self.port)", "sslmode": "disable"] }

    /// How often a client has sent something after it had heard something, over all connections.
    var roundTripCount: Int { self.state.withLock { $0.roundTripCount } }

    /// How many connections were made.
    var connectionCount: Int { self.state.withLock { $0.connectionCount } }

    /// How many connections have ended.
    var closedConnectionCount: Int { self.state.withLock { $0.closedConnectionCount } }

    /// Changes what the proxy does, and returns when it does it.
    func setBehaviour(_ behaviour: Behaviour) {
        let applied = DispatchSemaphore(value: 0)
        self.state.withLock { state in
            state.behaviour = behaviour
            state.applied.append(applied)
        }
        self.wake.wake()
        applied.wait()
    }

    private func stop() {
        self.state.withLock { $0.isStopped = true }
        self.wake.wake()
    }

    private struct Link {
        let client: Int32
        let server: Int32
        var hasHeardServer = true
        var isOpen = true
        /// Whether the link was open when the open ones were stalled.
        var isOld = false
    }

    private func run(serverHost: String, serverPort: String) {
        var links: [Link] = []
        while true {
            let state = self.state.withLock { state in
                defer { state.applied = [] }
                return state
            }
            if state.isStopped { break }
            if case .cut = state.behaviour { links.indices.forEach { links[$0].isOpen = false } }
            for link in links where !link.isOpen {
                Self.close(link)
                self.state.withLock { $0.closedConnectionCount += 1 }
            }
            links.removeAll { !$0.isOpen }
            if !state.applied.isEmpty {
                links.indices.forEach { links[$0].isOld = true }
                state.applied.forEach { $0.signal() }
            }
            var descriptors = [self.listener, self.wake.readingEnd].map { pollfd(fd: $0, events: 1, revents: 0) }
            for link in links {
                let isPassedOn =
                    switch state.behaviour {
                    case .forward: true
                    case .stallOpenConnections: !link.isOld
                    case .stall, .cut: false
                    }
                // A negative descriptor is not looked at.
                descriptors += [link.client, link.server].map {
                    pollfd(fd: isPassedOn ? $0 : -1, events: 1, revents: 0)
                }
            }
            _ = poll(&descriptors, nfds_t(descriptors.count), -1)
            if descriptors[1].revents != 0 { self.wake.drain() }
            for index in links.indices {
                self.pass(&links[index], descriptors[2 + 2 * index], descriptors[3 + 2 * index])
            }
            if descriptors[0].revents != 0 {
                let client = accept(self.listener, nil, nil)
                self.state.withLock { $0.connectionCount += 1 }
                if let server = Self.connect(serverHost, serverPort) {
                    links.append(Link(client: client, server: server))
                } else {
                    _ = Foundation.close(client)
                }
            }
        }
        links.forEach(Self.close)
        _ = Foundation.close(self.listener)
    }

    private func pass(_ link: inout Link, _ client: pollfd, _ server: pollfd) {
        if client.revents != 0 {
            link.isOpen = Self.copy(from: link.client, to: link.server) && link.isOpen
            if link.hasHeardServer {
                link.hasHeardServer = false
                self.state.withLock { $0.roundTripCount += 1 }
            }
        }
        if server.revents != 0 {
            link.isOpen = Self.copy(from: link.server, to: link.client) && link.isOpen
            link.hasHeardServer = true
        }
    }

    /// Passes on what has arrived; false at the end.
    private static func copy(from source: Int32, to target: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(source, &bytes, bytes.count)
        var sent = 0
        while sent < count {
            let written = send(target, Array(bytes[sent..<count]), count - sent, Int32(MSG_NOSIGNAL))
            guard written > 0 else { return false }
            sent += written
        }
        return count > 0
    }

    private static func connect(_ host: String, _ port: String) -> Int32? {
        if host.hasPrefix("/") { return Self.connect(toSocketAt: "\(host)/.s.PGSQL.\(port)") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &addresses) == 0, let address = addresses?.pointee else { return nil }
        defer { freeaddrinfo(addresses) }
        let server = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard Foundation.connect(server, address.ai_addr, address.ai_addrlen) == 0 else {
            _ = Foundation.close(server)
            return nil
        }
        return server
    }

    private static func connect(toSocketAt path: String) -> Int32? {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else {
            _ = Foundation.close(server)
            return nil
        }
        return server
    }

    private static func close(_ link: Link) {
        _ = Foundation.close(link.client)
        _ = Foundation.close(link.server)
    }
}

extension PostgresSettings {
    /// The value of a parameter.
    subscript(keyword: String) -> String? { self.parameters.first { $0.keyword == keyword }?.value }

    /// An address with these parameters, some of them replaced or added.
    func address(replacing replacements: [String: String]) -> String {
        let given = Dictionary(self.parameters.map { ($0.keyword, $0.value) }) { $1 }
        let query = given.merging(replacements) { $1 }.sorted { $0.key < $1.key }.map { keyword, value in
            "\(keyword)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        return "postgresql:///?" + query.joined(separator: "&")
    }
}
