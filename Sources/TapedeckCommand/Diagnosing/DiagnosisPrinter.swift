import TapedeckServer

/// Prints a diagnosis.
struct DiagnosisPrinter: Sendable {
    let isJSON: Bool

    /// Prints each finding, with what to do below it.
    func print(_ findings: [Finding]) {
        if self.isJSON {
            StandardOutput.json { Self.write(findings, to: &$0) }
            return
        }
        let width = findings.map(\.subject.count).max() ?? 0
        for finding in findings {
            let level = finding.level.rawValue + String(repeating: " ", count: 4 - finding.level.rawValue.count)
            let subject = finding.subject + String(repeating: " ", count: width - finding.subject.count)
            StandardOutput.print("\(level)  \(subject)  \(finding.message)")
            if let advice = finding.advice {
                StandardOutput.print(String(repeating: " ", count: width + 8) + "-> \(advice)")
            }
        }
    }

    private static func write(_ findings: [Finding], to json: inout JSONWriter) {
        json.beginArray()
        for finding in findings {
            json.beginObject()
            json.key("level")
            json.value(finding.level.rawValue)
            json.key("subject")
            json.value(finding.subject)
            json.key("message")
            json.value(finding.message)
            json.key("advice")
            json.value(finding.advice)
            json.endObject()
        }
        json.endArray()
    }
}
