import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

/// `tapedeck serve` on a free port, as a child process.
struct RunningWorker: Sendable {
    let program: ChildProgram
    let port: Int

    /// Starts a worker in a folder and waits until it listens.
    init(folder: String, environment: [String: String] = [:], arguments: [String] = []) async throws {
        self.program = try ChildProgram(
            ["serve", "--port", "0"] + arguments,
            environment: environment,
            folder: folder
        )
        guard let line = await self.program.line(containing: "Listening on http://127.0.0.1:") else {
            struct NotStarted: Error { let outcome: ChildProgram.Outcome }
            throw NotStarted(outcome: await self.program.finished())
        }
        let digits = try #require(line.split(separator: ":").dropFirst(2).first).prefix { $0.isNumber }
        self.port = try #require(Int(digits))
    }

    /// One request on a connection of its own.
    func ask(_ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:]) async throws -> (
        status: Int, text: String, headers: HTTPFields
    ) {
        try await TestClient.withClient(host: "127.0.0.1", port: self.port) { client in
            let response = try await client.execute(TestClient.Request(uri, method: method, headers: headers))
            return (
                response.status.code, response.body.map { String(buffer: $0) } ?? "", response.headers
            )
        }
    }

    /// Ends the worker as an operator does, and returns what it left behind.
    func stop() async -> ChildProgram.Outcome {
        self.program.send(SIGTERM)
        return await self.program.finished()
    }
}
