import HTTPTypes
import Hummingbird
import Locking
import NIOCore

/// Takes the body of an answer, and stops its writer when it is longer than anybody wants to read.
final class AnswerSink: ResponseBodyWriter {
    /// What a writer gets when nobody wants more.
    private struct Enough: Error {}

    private static let bytesMax = 64 << 10
    private let taken = Locked<(body: ByteBuffer, isCut: Bool)>((ByteBuffer(), false))

    func write(_ buffer: ByteBuffer) async throws {
        let isEnough = self.taken.withLock { state in
            state.body.writeImmutableBuffer(buffer)
            state.isCut = state.body.readableBytes > Self.bytesMax
            return state.isCut
        }
        if isEnough { throw Enough() }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}

    /// The answer that the head of `response` and the body make.
    func answer(_ response: Response, error: String?) -> FuzzWorld.Answer {
        let (body, isCut) = self.taken.withLock { $0 }
        return FuzzWorld.Answer(
            status: response.status,
            headers: response.headers,
            text: String(buffer: body),
            error: error,
            isCut: isCut
        )
    }
}
