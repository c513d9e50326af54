import MarketData
import Providers
import Testing

@testable import Tapedeck

@Suite struct PurchaseProgressTests {
    private func progress() throws -> PurchaseProgress {
        PurchaseProgress(range: try range("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z"), timeframe: .oneHour)
    }

    @Test func piecesBecomeKnownAsWholePeriods() throws {
        var progress = try self.progress()

        let first = try progress.advance(to: range("2026-01-13T00:00:00Z", "2026-01-13T10:00:00Z"), recordCount: 9)
        let last = try progress.advance(to: range("2026-01-13T10:00:00Z", "2026-01-13T15:30:12Z"), recordCount: 6)

        #expect(first == (try range("2026-01-13T00:00:00Z", "2026-01-13T10:00:00Z")))
        #expect(last == (try range("2026-01-13T10:00:00Z", "2026-01-13T16:00:00Z")))
        #expect(progress.stored == (try range("2026-01-13T00:00:00Z", "2026-01-13T16:00:00Z")))
        #expect(progress.recordCount == 15)
    }

    @Test func firstPieceMayBeginLate() throws {
        var progress = try self.progress()

        _ = try progress.advance(to: range("2026-01-13T05:00:00Z", "2026-01-13T10:00:00Z"), recordCount: 1)

        #expect(progress.stored?.start == (try time("2026-01-13T05:00:00Z")))
    }

    @Test func gapAndRepeatedRecordsAreRefused() throws {
        var progress = try self.progress()
        _ = try progress.advance(to: range("2026-01-13T00:00:00Z", "2026-01-13T10:00:00Z"), recordCount: 1)
        let behind = try range("2026-01-13T11:00:00Z", "2026-01-13T12:00:00Z")
        let again = try range("2026-01-13T08:00:00Z", "2026-01-13T10:00:00Z")

        for (piece, count) in [(behind, 0), (again, 1)] {
            var copy = progress
            #expect { try copy.advance(to: piece, recordCount: count) } throws: {
                ($0 as? ProviderError)?.code == .corruptAnswer
            }
        }
        #expect(try progress.advance(to: again, recordCount: 0) == nil)
    }

    @Test func pieceThatCouldNotBeStoredIsTakenBack() throws {
        var progress = try self.progress()
        _ = try progress.advance(to: range("2026-01-13T00:00:00Z", "2026-01-13T10:00:00Z"), recordCount: 1)
        _ = try progress.advance(to: range("2026-01-13T10:00:00Z", "2026-01-13T12:00:00Z"), recordCount: 1)

        progress.retract(to: try time("2026-01-13T10:00:00Z"))
        #expect(progress.stored?.end == (try time("2026-01-13T10:00:00Z")))
        progress.retract(to: try time("2026-01-13T00:00:00Z"))
        #expect(progress.stored == nil)
    }
}
