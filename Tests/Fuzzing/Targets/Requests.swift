import Foundation
import HTTPTypes
import Hummingbird
import Locking
import Logging
import MarketData
import NIOCore
import NIOEmbedded

@testable import TapedeckServer

/// Whole requests through the worker's routes, the cache and a database in memory: none of them is the worker's fault.
///
/// An input is a method and a target, `GET /v1/bars?symbol=ES.c.0&timeframe=1h&last=3`.
enum Requests {
    /// A database that has seen so many requests is replaced, so that a finding does not depend on all before it.
    private static let requestsPerWorldMax = 2_000
    private static let world = Locked<(world: FuzzWorld?, requests: Int)>((nil, 0))

    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 1)
        guard words.count == 2, let method = HTTPRequest.Method(String(words[0])), words[1].utf8.first == 0x2F else {
            return
        }
        let target = String(words[1])
        wait {
            let world = await Self.nextWorld()
            let answer = await world.ask(method, target)
            Self.check(answer, method, target)
        }
    }

    private static func nextWorld() async -> FuzzWorld {
        let kept = self.world.withLock { state in
            state.requests += 1
            return state.requests < Self.requestsPerWorldMax ? state.world : nil
        }
        if let kept { return kept }
        let made = await FuzzWorld.make()
        let old = self.world.withLock { state in
            let old = state.world
            state = (made, 0)
            return old
        }
        await old?.close()
        return made
    }

    private static func check(_ answer: FuzzWorld.Answer, _ method: HTTPRequest.Method, _ target: String) {
        let request = "\(method) \(target)"
        promise(answer.status.code < 500, "\(request) is not the worker's fault: \(answer.status) \(answer.text)")
        promise((answer.error == nil) || answer.isCut, "\(request) ends well: \(String(describing: answer.error))")
        let type = answer.headers[.contentType] ?? ""
        if type.contains("json"), !answer.isCut, !answer.text.isEmpty {
            promise(JSONText.isObject(answer.text), "\(request) is answered in JSON: \(answer.text)")
        }
        if answer.status.code >= 400 {
            promise(type == "application/problem+json", "\(request) is refused with a problem: \(type)")
        }
    }
}
