import Foundation

/// A part of Tapedeck that reads what others wrote, and what it promises about any input.
struct FuzzTarget: Sendable {
    /// What scripts/fuzz calls it.
    let name: String
    /// Feeds one input; a broken promise ends the process.
    let run: @Sendable ([UInt8]) -> Void

    static let all = [
        FuzzTarget(name: "dbn", run: DBNReading.run),
        FuzzTarget(name: "dbn-records", run: DBNReading.run),
        FuzzTarget(name: "dbn-round-trip", run: DBNRoundTrip.run),
        FuzzTarget(name: "requests", run: Requests.run),
        FuzzTarget(name: "query", run: QueryReading.run),
        FuzzTarget(name: "configuration", run: ConfigurationReading.run),
        FuzzTarget(name: "texts", run: TextReading.run),
        FuzzTarget(name: "database-url", run: DatabaseURLReading.run),
        FuzzTarget(name: "vendor", run: VendorAnswerReading.run),
        FuzzTarget(name: "coverage", run: CoverageReading.run),
        FuzzTarget(name: "blocks", run: BlockReading.run),
    ]

    /// The target that the variable FUZZ_TARGET names.
    static let chosen: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
        guard let target = Self.all.first(where: { $0.name == name }) else {
            let names = Self.all.map(\.name).joined(separator: " ")
            FileHandle.standardError.write(Data("no fuzz target '\(name)'; there are: \(names)\n".utf8))
            exit(64)
        }
        return target
    }()
}
