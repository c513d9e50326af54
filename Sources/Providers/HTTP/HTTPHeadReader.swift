/// Puts an answer's head together from its lines.
///
/// Interim answers (status 1xx) and trailers are passed over.
struct HTTPHeadReader {
    /// What a line meant.
    enum Step: Equatable {
        /// More lines follow.
        case more
        /// The head is complete.
        case complete(HTTPHead)
        /// The head is longer than allowed or no head at all.
        case malformed
    }

    private let bytesMax: Int
    private var byteCount = 0
    private var status: Int?
    private var fields: [String: String] = [:]
    private var isComplete = false

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Takes one line, its line end included.
    mutating func read(_ line: UnsafeRawBufferPointer) -> Step {
        if self.isComplete { return .more }
        self.byteCount += line.count
        guard self.byteCount <= self.bytesMax else { return .malformed }
        let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
        if text.hasPrefix("HTTP/") {
            let parts = text.split(separator: " ", maxSplits: 2)
            guard parts.count >= 2, let status = Int(parts[1]) else { return .malformed }
            self.status = status
            self.fields = [:]
            return .more
        }
        guard let status = self.status else { return .malformed }
        if text.isEmpty {
            guard status >= 200 else { return .more }
            self.isComplete = true
            return .complete(HTTPHead(status: status, fields: self.fields))
        }
        guard let colon = text.firstIndex(of: ":") else { return .more }
        let name = text[..<colon].lowercased()
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        self.fields[name] = self.fields[name].map { "\($0), \(value)" } ?? String(value)
        return .more
    }
}
