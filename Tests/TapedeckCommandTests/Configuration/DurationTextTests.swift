import Testing

@testable import TapedeckCommand

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("2h", .seconds(7_200)),
        ("7d", .seconds(604_800)), ("0s", .zero), ("1500ms", .milliseconds(1_500)),
    ])
    func durationsAreReadWithTheirUnits(text: String, duration: Duration) {
        #expect(DurationText.duration(text) == duration)
        #expect(DurationText.duration(DurationText.text(duration)) == duration)
    }

    @Test(arguments: ["", "5", "s", "-5s", "1.5s", "5 s", "5min", "99999999999999999999d", "9223372036854775807d"])
    func anythingElseIsNoDuration(text: String) {
        #expect(DurationText.duration(text) == nil)
    }
}
