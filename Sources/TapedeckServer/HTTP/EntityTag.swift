import HTTPTypes
import Hummingbird
import NIOCore

/// The name of an answer's content: equal for equal bytes, another for others (RFC 9110, section 8.8.3, strong).
///
/// It is made from the content itself and so needs no state: every worker gives the same, also when the data were
/// cleared and bought again, and a correction changes it.
struct EntityTag: Equatable {
    /// The header's value, in quotes.
    let text: String

    /// The tag of a body.
    init(of body: ByteBuffer) {
        let (low, high) = body.withUnsafeReadableBytes { (Self.hash($0, seed: 1), Self.hash($0, seed: 2)) }
        self.text = "\"\(String(low, radix: 36))-\(String(high, radix: 36))\""
    }

    /// Whether a request with this `If-None-Match` has the content already.
    ///
    /// Weak tags are compared by what they name, as that header demands.
    func isKnown(to header: String?) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let tag = part.trimmingSpaces
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == self.text
        }
    }

    /// A hash of all bytes, eight at a time, the same on every machine.
    ///
    /// Each step multiplies to twice the width and folds, so that every bit of the state depends on every bit before.
    private static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93 | seed << 1)
            state = product.high ^ product.low &+ 0x9E37_79B9_7F4A_7C15
        }
        var index = 0
        while index + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var rest: UInt64 = 0
        for byte in bytes[index...] { rest = rest << 8 | UInt64(byte) }
        mix(rest)
        mix(UInt64(bytes.count))
        return state
    }
}

extension Substring {
    /// Without spaces and tabs at its ends.
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

extension Response {
    /// The answer of a content that only a correction changes: with its tag, or 304 without a body for who has it.
    ///
    /// A client may keep it but has to ask whether it still holds, as a correction may come at any time.
    func withEntityTag(_ tag: EntityTag, for request: Request) -> Response {
        var response = self
        response.headers[.eTag] = tag.text
        response.headers[.cacheControl] = "private, no-cache"
        guard tag.isKnown(to: request.headers[.ifNoneMatch]) else { return response }
        response.status = .notModified
        response.headers[.contentType] = nil
        response.body = ResponseBody()
        return response
    }
}
