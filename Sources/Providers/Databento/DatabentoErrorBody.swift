import Foundation
import MarketData

/// The body of a refusal, in any of the shapes that the vendor sends.
///
/// `{"detail":"text"}`, `{"detail":{"case":…,"message":…,"payload":…}}`, a list of validation errors, or anything else.
struct DatabentoErrorBody {
    /// The vendor's name of the case, such as `data_end_after_available_end`.
    let name: String?
    /// The vendor's words, shortened, without control characters.
    let message: String
    /// The end of what is sold, when the body tells it.
    let availableEnd: Timestamp?

    private static let messageCharactersMax = 400

    init(_ body: [UInt8]) {
        let detail = try? JSONDecoder().decode(Envelope.self, from: Data(body)).detail
        let text: String
        switch detail {
        case .text(let message):
            self.name = nil
            text = message
        case .object(let object):
            self.name = object.case
            text = object.message ?? object.case ?? ""
        case .list(let problems):
            self.name = nil
            text = problems.map { "\($0.place): \($0.msg ?? "invalid")" }.joined(separator: "; ")
        case nil:
            self.name = nil
            text = String(decoding: body.prefix(2_000), as: UTF8.self)
        }
        let printable = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
        self.message = String(printable.prefix(Self.messageCharactersMax))
        var end: Timestamp?
        if case .object(let object) = detail, let text = object.payload?.available_end {
            end = try? Timestamp(parsing: text)
        }
        self.availableEnd = end ?? Self.lastTime(in: text)
    }

    /// The last RFC 3339 time in a text: the message names the end that is allowed.
    private static func lastTime(in text: String) -> Timestamp? {
        let times = text.prefix(4_000).matches(
            of: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})/
        )
        return times.last.flatMap { try? Timestamp(parsing: String($0.output)) }
    }
}

private struct Envelope: Decodable {
    let detail: Detail
}

private enum Detail: Decodable {
    case text(String)
    case object(DetailObject)
    case list([ValidationProblem])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([ValidationProblem].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode(DetailObject.self))
        }
    }
}

private struct DetailObject: Decodable {
    let `case`: String?
    let message: String?
    let payload: Payload?

    enum CodingKeys: CodingKey { case `case`, message, payload }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.case = try? container.decode(String.self, forKey: .case)
        self.message = try? container.decode(String.self, forKey: .message)
        self.payload = try? container.decode(Payload.self, forKey: .payload)
    }
}

private struct Payload: Decodable {
    // The vendor's spelling.
    let available_end: String?
}

private struct ValidationProblem: Decodable {
    let loc: [Place]?
    let msg: String?

    var place: String { self.loc?.map(\.text).joined(separator: ".") ?? "request" }
}

private struct Place: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.text = try (try? container.decode(String.self)) ?? String(container.decode(Int.self))
    }
}
