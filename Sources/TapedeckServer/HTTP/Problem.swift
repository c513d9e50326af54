import HTTPTypes
import Hummingbird

/// An answer that refuses or fails, in the form of RFC 9457 (`application/problem+json`).
struct Problem: Error {
    /// The status of the answer.
    let status: HTTPResponse.Status
    /// What kind of problem it is, stable for programs: the last part of `type`.
    let code: String
    /// The kind in words, the same for each problem of a kind.
    let title: String
    /// What is wrong with this request.
    let detail: String
    /// The query parameter at fault.
    var parameter: String?
    /// What the parameter was, cut to 100 characters.
    var value: String?
    /// What is allowed instead.
    var allowed: [String] = []
    /// Headers beside those that every answer has.
    var headers: HTTPFields = [:]

    /// The body and status as a response.
    func response(requestID: String) -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value("urn:tapedeck:problem:\(self.code)")
        json.key("title")
        json.value(self.title)
        json.key("status")
        json.value(self.status.code)
        json.key("detail")
        json.value(self.detail)
        if let parameter = self.parameter {
            json.key("parameter")
            json.value(parameter)
        }
        if let value = self.value {
            json.key("value")
            json.value(String(value.prefix(100)))
        }
        if !self.allowed.isEmpty {
            json.key("allowed")
            json.beginArray()
            for choice in self.allowed { json.value(choice) }
            json.endArray()
        }
        json.key("request_id")
        json.value(requestID)
        json.endObject()
        var headers = self.headers
        headers[.contentType] = "application/problem+json"
        return Response(status: self.status, headers: headers, body: ResponseBody(byteBuffer: json.buffer))
    }
}

extension Problem {
    /// A parameter that the route does not know.
    static func unknownParameter(_ name: String, value: String, allowed: [String]) -> Problem {
        Problem(
            status: .badRequest,
            code: "unknown-parameter",
            title: "Unknown parameter",
            detail: allowed.isEmpty
                ? "this route has no parameters" : "allowed are \(allowed.joined(separator: ", "))",
            parameter: name,
            value: value,
            allowed: allowed
        )
    }

    /// A parameter with a value that is not allowed.
    static func invalidParameter(
        _ name: String,
        value: String?,
        detail: String,
        allowed: [String] = []
    ) -> Problem {
        Problem(
            status: .badRequest,
            code: "invalid-parameter",
            title: "Invalid parameter",
            detail: detail,
            parameter: name,
            value: value,
            allowed: allowed
        )
    }

    /// A parameter that has to be there.
    static func missingParameter(_ name: String, detail: String) -> Problem {
        Problem(
            status: .badRequest,
            code: "missing-parameter",
            title: "Missing parameter",
            detail: detail,
            parameter: name
        )
    }

    /// No route has the path.
    static func notFound(path: String, paths: [String]) -> Problem {
        Problem(
            status: .notFound,
            code: "no-such-route",
            title: "No such route",
            detail: "there is nothing at \(String(path.prefix(100)))",
            allowed: paths
        )
    }

    /// The path exists, with other methods.
    static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> Problem {
        let names = allowed.map(\.rawValue).sorted()
        return Problem(
            status: .methodNotAllowed,
            code: "method-not-allowed",
            title: "Method not allowed",
            detail:
                "\(String(method.rawValue.prefix(20))) is not possible here; use \(names.joined(separator: " or "))",
            allowed: names,
            headers: [.allow: names.joined(separator: ", ")]
        )
    }

    /// The request lacks a token, or has a wrong one.
    static func unauthorized(_ detail: String) -> Problem {
        Problem(
            status: .unauthorized,
            code: "unauthorized",
            title: "Unauthorized",
            detail: detail,
            headers: [.wwwAuthenticate: "Bearer realm=\"tapedeck\""]
        )
    }

    /// The request is refused whoever asks.
    static func forbidden(_ detail: String) -> Problem {
        Problem(status: .forbidden, code: "forbidden", title: "Forbidden", detail: detail)
    }

    /// A failure that has no better name.
    ///
    /// Its cause is in the log under the request's id, not in the answer.
    static let internalError = Problem(
        status: .internalServerError,
        code: "internal-error",
        title: "Internal error",
        detail: "the worker failed to answer; its log has the cause under this request_id"
    )
}
