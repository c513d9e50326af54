import Foundation

/// Judges JSON by another reader than our own writer's.
enum JSONText {
    /// Whether the text is one JSON object.
    static func isObject(_ text: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) is [String: Any]
    }
}
