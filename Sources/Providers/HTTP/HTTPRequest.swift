/// One request.
struct HTTPRequest: Sendable {
    /// Where to, with the query.
    let url: String
    /// The form to post, already percent-encoded; nil for GET.
    let form: String?
    /// The user name of HTTP Basic authentication (the API key), with an empty password; nil without authentication.
    let user: String?
    /// Header lines beside those that libcurl writes, such as `Accept: application/json`.
    let headers: [String]
    /// The most time from start to end, or nil: a streamed body is watched for progress only.
    let deadline: Duration?
}
