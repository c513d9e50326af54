import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// One answer for every request, from servers that do nothing else: what is left of a server's time without its handlers.
struct ConstantAnswer: Decodable, Sendable {
    /// Without those that a server adds itself.
    let headers: [String: String]
    let body: String

    /// Serves the answer that a JSON file holds on a loopback port, until the process is told to stop.
    static func serve(_ kind: String, port: Int, file: String) async throws -> [String: String] {
        let answer = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        switch kind {
        case "hummingbird": try await answer.serveWithHummingbird(port: port)
        case "nio": try await ConstantHTTPHandler.serve(answer, port: port)
        default: throw BenchmarkError("'\(kind)' is neither hummingbird nor nio")
        }
        return [:]
    }

    /// One route, with a worker's event loops, idle timeout and kind of logger.
    private func serveWithHummingbird(port: Int) async throws {
        var headers = HTTPFields()
        for (name, value) in self.headers {
            guard let name = HTTPField.Name(name) else { throw BenchmarkError("'\(name)' is not a header") }
            headers[name] = value
        }
        let fields = headers
        let body = ByteBuffer(string: self.body)
        let router = Router()
        router.get("bars") { _, _ in
            Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: body))
        }
        let application = Application(
            router: router,
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroupProvider: .singleton,
            logger: Logger(label: "benchmarks") { StreamLogHandler.standardError(label: $0) }
        )
        try await application.runService()
    }
}
