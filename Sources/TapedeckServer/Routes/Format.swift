import HTTPTypes
import Tapedeck

/// How an answer with many records is written.
enum Format: Sendable {
    case json, csv

    /// The media type.
    var contentType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8; header=present"
        }
    }

    /// What is missing, for an answer without a place for it in its body: `start/end;reason`, at most 20 parts, then
    /// `…`; nil when nothing is missing.
    static func headerText(_ missing: [MissingRange]) -> String? {
        guard !missing.isEmpty else { return nil }
        let parts = missing.prefix(20).map { "\($0.range.start)/\($0.range.end);\($0.reason.name)" }
        return parts.joined(separator: ", ") + (missing.count > 20 ? ", ..." : "")
    }
}
