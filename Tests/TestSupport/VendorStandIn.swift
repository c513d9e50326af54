import Foundation
import Locking

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The vendor stand-in of `Tests/VendorStandIn`, running as a child process for one test.
///
/// It needs a Python that has the packages of `Tests/VendorStandIn/requirements.txt`: `TAPEDECK_TEST_PYTHON` names it.
package struct VendorStandIn: Sendable {
    /// The API key that it accepts.
    package static let key = "db-standin0000000000000000000000"

    /// Why the tests that need it are skipped.
    package static let requirement: String =
        "needs TAPEDECK_TEST_PYTHON: a Python with the packages of Tests/VendorStandIn/requirements.txt"

    /// Whether it can be started.
    package static var isAvailable: Bool { Self.python != nil }

    private static let python: String? = {
        let path = ProcessInfo.processInfo.environment["TAPEDECK_TEST_PYTHON"] ?? ""
        if path.isEmpty { print("Tests against the vendor stand-in are skipped: \(Self.requirement)") }
        return path.isEmpty ? nil : path
    }()

    /// The port on 127.0.0.1.
    package let port: Int
    private let scheme: String

    /// The address of the API.
    package var baseURL: String { "\(self.scheme)://127.0.0.1:\(self.port)" }

    /// So many run at a time; each takes some 60 MB.
    private static let turnstile = Turnstile(count: 8)

    /// Starts a stand-in with `arguments` (see its `--help`), lends it to `body`, and stops it.
    package static func with<Result: Sendable>(
        _ arguments: [String] = [],
        _ body: (VendorStandIn) async throws -> Result
    ) async throws -> Result {
        guard let python = Self.python else { throw StandInError(Self.requirement) }
        return try await Self.turnstile.enter { try await Self.run(python, arguments, body) }
    }

    private static func run<Result: Sendable>(
        _ python: String,
        _ arguments: [String],
        _ body: (VendorStandIn) async throws -> Result
    ) async throws -> Result {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [Self.script.path, "--exit-with-stdin"] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            // Its input ends, and so does it.
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let scheme = arguments.contains("--tls") ? "https" : "http"
        let port = try await Self.port(from: output.fileHandleForReading)
        return try await body(VendorStandIn(port: port, scheme: scheme))
    }

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("VendorStandIn/vendor_stand_in.py")

    /// The port from the first line, `listening on PORT`.
    private static func port(from handle: FileHandle) async throws -> Int {
        let line = Locked("")
        let text: String = await withCheckedContinuation { continuation in
            handle.readabilityHandler = { handle in
                let data = handle.availableData
                let (isComplete, text) = line.withLock { line in
                    line += String(decoding: data, as: UTF8.self)
                    return (line.contains("\n") || data.isEmpty, line)
                }
                guard isComplete else { return }
                handle.readabilityHandler = nil
                continuation.resume(returning: text)
            }
        }
        guard let port = Int(text.split(separator: "\n").first?.split(separator: " ").last ?? "") else {
            throw StandInError("the vendor stand-in did not start: \(text)")
        }
        return port
    }
}

/// A stand-in that does not start or refuses a control request.
package struct StandInError: Error, CustomStringConvertible {
    /// What went wrong.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension VendorStandIn {
    /// A get_range request that was answered with data.
    package struct Purchase: Decodable, Sendable {
        package let symbol: String
        package let schema: String
        package let dataset: String
        /// Nanoseconds since the epoch.
        package let start: Int64
        /// Nanoseconds since the epoch.
        package let end: Int64
        /// Whole records that can be decoded from what was sent.
        package let records_sent: Int
        /// `complete`, `cut`, `in_progress` or `aborted_by_client`.
        package let outcome: String
    }

    /// A request in the log.
    package struct Entry: Decodable, Sendable {
        package let endpoint: String
        /// The client's port: equal for requests on one connection.
        package let connection: Int
        package let status: Int
        package let outcome: String
        package let bytes_sent: Int
        /// The client's `X-Request-Id`.
        package let request_id: String?
    }

    /// A record as the vendor's own package reads it; what it has depends on the schema.
    package struct Record: Decodable, Sendable {
        package let ts_index: Int64
        package let ts_event: Int64?
        package let instrument_id: UInt32
        package let open: Int64?
        package let high: Int64?
        package let low: Int64?
        package let close: Int64?
        package let volume: UInt64?
        package let bid_px: Int64?
        package let ask_px: Int64?
        package let bid_sz: UInt32?
        package let ask_sz: UInt32?
        package let price: Int64?
        package let size: UInt32?
        package let side: String?
    }

    /// The requests that were answered with records.
    package func purchases() async throws -> [Purchase] {
        struct Answer: Decodable { let purchases: [Purchase] }
        return try await self.get("purchases", as: Answer.self).purchases
    }

    /// All requests.
    package func log() async throws -> [Entry] {
        struct Answer: Decodable { let requests: [Entry] }
        return try await self.get("log", as: Answer.self).requests
    }

    /// What the stand-in would answer for a request, without buying it; times as the API takes them.
    package func truth(
        _ symbol: String,
        schema: String,
        start: String,
        end: String,
        stype: String = "raw_symbol",
        dataset: String = "GLBX.MDP3"
    ) async throws -> [Record] {
        struct Answer: Decodable { let records: [Record] }
        let query = [
            URLQueryItem(name: "dataset", value: dataset), URLQueryItem(name: "symbols", value: symbol),
            URLQueryItem(name: "schema", value: schema), URLQueryItem(name: "start", value: start),
            URLQueryItem(name: "end", value: end), URLQueryItem(name: "stype_in", value: stype),
        ]
        return try await self.get("truth", query, as: Answer.self).records
    }

    /// What one of the files of `--data` holds of one symbol.
    package struct Holding: Decodable, Sendable {
        package let dataset: String
        package let schema: String
        package let symbol: String
        package let stype_in: String
        /// Nanoseconds since the epoch.
        package let start: Int64
        /// Nanoseconds since the epoch.
        package let end: Int64
    }

    /// What the files of `--data` hold.
    package func inventory() async throws -> [Holding] {
        struct Answer: Decodable { let files: [Holding] }
        return try await self.get("inventory", as: Answer.self).files
    }

    /// Waits until `count` requests of the log have the outcome (in_progress, complete, cut, refused, aborted_by_client)
    /// and have sent so many bytes; false when that does not happen in a minute.
    package func wait(outcome: String, count: Int = 1, bytesSent: Int = 0) async throws -> Bool {
        struct Answer: Decodable { let found: Bool }
        let query = [
            URLQueryItem(name: "outcome", value: outcome), URLQueryItem(name: "count", value: String(count)),
            URLQueryItem(name: "bytes_sent", value: String(bytesSent)),
            URLQueryItem(name: "timeout_ms", value: "55000"),
        ]
        return try await self.get("wait", query, as: Answer.self).found
    }

    /// Posts JSON to a control endpoint: `settings`, `faults`, `revise` or `reset`.
    package func post(_ name: String, _ json: String) async throws {
        var request = URLRequest(url: try self.url(name, []))
        request.httpMethod = "POST"
        request.httpBody = Data(json.utf8)
        _ = try await self.send(request)
    }

    private func get<Answer: Decodable>(
        _ name: String,
        _ query: [URLQueryItem] = [],
        as type: Answer.Type
    ) async throws -> Answer {
        try JSONDecoder().decode(type, from: try await self.send(URLRequest(url: try self.url(name, query))))
    }

    private func url(_ name: String, _ query: [URLQueryItem]) throws -> URL {
        var parts = URLComponents(string: "\(self.baseURL)/control/\(name)")
        if !query.isEmpty { parts?.queryItems = query }
        guard let url = parts?.url else { throw StandInError("no address for \(name)") }
        return url
    }

    private func send(_ request: URLRequest) async throws -> Data {
        let (data, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw StandInError("the vendor stand-in refused: \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }
}
