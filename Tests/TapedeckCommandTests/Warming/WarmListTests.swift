import Testing

@testable import TapedeckCommand

@Suite struct WarmListTests {
    private func message(_ text: String) -> String? {
        do {
            _ = try WarmList(parsing: text, barsMax: 1_000)
            return nil
        } catch {
            return (error as? ConfigurationError)?.description
        }
    }

    @Test func entriesAreSeparatedByCommasOrLines() throws {
        let list = try WarmList(
            parsing: """
                es.c.0:1h:500, NQ.c.0:1m:24   # the future
                # nothing

                instrument_id:5482:1D:5
                """,
            barsMax: 1_000
        )

        #expect(list.entries.map(\.description) == ["ES.c.0:1h:500", "NQ.c.0:1m:24", "instrument_id:5482:1d:5"])
    }

    @Test(arguments: ["ES.c.0", "ES.c.0:1h", "ES.c.0:1h:0", "ES.c.0:1h:1001", "ES.c.0:1h:x", ":1h:5", "ES.c.0:1x:5"])
    func malformedEntryIsRefusedByName(_ entry: String) throws {
        let message = try #require(self.message("NQ.c.0:1h:1,\(entry)"))

        #expect(message.hasPrefix("warm: ") && message.contains(entry) && message.contains("TAPEDECK_WARM"))
    }

    @Test func aSeriesStandsOnlyOnce() {
        #expect(self.message("ES.c.0:1h:5,es.C.0:60m:6") == "warm: ES.c.0 1h is there twice")
    }

    @Test func aListHasALimit() {
        let text = (0...WarmList.entriesMax).map { "S\($0):1h:1" }.joined(separator: "\n")

        #expect(self.message(text)?.contains("more than 1000") == true)
    }
}
