import MarketData

@testable import MarketStore

/// The bytes of `series.coverage`: what decodes is a sound coverage that is written and read back equal.
enum CoverageReading {
    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        let coverage: Coverage
        do {
            coverage = try CoverageCodec.decode(bytes)
        } catch {
            promise((error as? StoreError)?.code == .corruptRow, "only damage is refused: \(error)")
            return
        }
        let written = CoverageCodec.encode(coverage, hasBlocks: false)
        promise((try? CoverageCodec.decode(written)) == coverage, "\(coverage) is read back")
        promise(CoverageCodec.encode(coverage, hasBlocks: false) == written, "equal coverages have equal bytes")
        Self.checkForm(coverage)
    }

    private static func checkForm(_ coverage: Coverage) {
        let final = coverage.final.ranges
        promise(zip(final, final.dropFirst()).allSatisfy { $0.end < $1.start }, "final ranges are apart: \(coverage)")
        let provisional = coverage.provisional
        promise(
            zip(provisional, provisional.dropFirst()).allSatisfy { $0.range.end <= $1.range.start },
            "provisional stretches are in order: \(coverage)"
        )
        promise(
            provisional.allSatisfy { coverage.final.intersection($0.range).isEmpty },
            "nothing is both final and provisional: \(coverage)"
        )
    }
}
