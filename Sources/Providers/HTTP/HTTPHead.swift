/// Status and headers of an answer.
struct HTTPHead: Hashable, Sendable {
    /// The status code.
    let status: Int
    /// The headers, names in lower case; values of repeated ones are joined with a comma.
    private let fields: [String: String]

    init(status: Int, fields: [String: String]) {
        self.status = status
        self.fields = fields
    }

    /// The value of a header; `name` in lower case.
    subscript(name: String) -> String? { self.fields[name] }

    /// Whether the answer itself says where its body ends.
    ///
    /// Without that, a body that was cut looks like a whole one.
    var isBodyDelimited: Bool {
        self.fields["content-length"] != nil
            || self.fields["transfer-encoding"].map { $0.lowercased().contains("chunked") } ?? false
    }
}
