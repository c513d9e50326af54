import Foundation

/// The part of the benchmarks that runs inside a process of ours; `scripts/bench` calls it.
///
/// Each command prints one JSON object.
@main
struct Benchmarks {
    private static let commands: [(usage: String, run: @Sendable ([String]) async throws -> any Encodable)] = [
        ("memory-read ROUNDS", { try await MemoryRead.run(rounds: Self.number($0, 0)) }),
        ("memory-size", { _ in try await MemorySize.run() }),
        ("dbn-write FILE RECORDS", { try DBNFile.write($0[0], records: Self.number($0, 1)) }),
        ("dbn-read FILE", { try DBNFile.read($0[0]) }),
        ("packed-memory URL ROUNDS", { try await PackedMemory.run(url: $0[0], rounds: Self.number($0, 1)) }),
        ("blocks ROUNDS", { try BlockSpeed.run(rounds: Self.number($0, 0)) }),
        (
            "store-fill URL FIRST END BARS",
            {
                try await StoredMarket.fill(
                    url: $0[0],
                    first: Self.number($0, 1),
                    end: Self.number($0, 2),
                    barsPerSymbol: Self.number($0, 3)
                )
            }
        ),
        (
            "store-read URL SYMBOLS BARS COUNT READS",
            {
                try await StoreRead.run(
                    url: $0[0],
                    symbols: Self.number($0, 1),
                    barsPerSymbol: Self.number($0, 2),
                    count: Self.number($0, 3),
                    reads: Self.number($0, 4)
                )
            }
        ),
        (
            "store-write URL SYMBOL BARS",
            { try await StoreWrite.run(url: $0[0], symbol: $0[1], count: Self.number($0, 2)) }
        ),
        (
            "bots-day FOLDER HOURS alone|crowded",
            { try await BotsDay.run(folder: $0[0], hours: Self.number($0, 1), crowd: $0[2]) }
        ),
        ("upkeep DAYS", { try await DailyUpkeep.run(days: Self.number($0, 0)) }),
        (
            "constant-server hummingbird|nio PORT FILE",
            { try await ConstantAnswer.serve($0[0], port: Self.number($0, 1), file: $0[2]) }
        ),
        (
            "fleet-write URL SYMBOL SERIES COMMITS PER-SECOND told|alone",
            {
                try await FleetWrite.run(
                    url: $0[0],
                    symbol: $0[1],
                    series: Self.number($0, 2),
                    count: Self.number($0, 3),
                    perSecond: Self.number($0, 4),
                    isTold: $0[5] == "told"
                )
            }
        ),
        (
            "fleet-read URL SYMBOL BARS",
            { try await FleetRead.run(url: $0[0], symbol: $0[1], count: Self.number($0, 2)) }
        ),
        (
            "storage-make FOLDER BARS",
            { try StorageMake.run(folder: $0[0], count: Self.number($0, 1)) }
        ),
        (
            "storage-dbn FILE SYMBOL TIMEFRAME TARGET",
            { try StorageDBN.run(file: $0[0], symbol: $0[1], timeframe: $0[2], target: $0[3]) }
        ),
        (
            "storage-fill URL FILE SYMBOL TIMEFRAME rows|packed",
            {
                try await StorageFill.run(
                    url: $0[0],
                    file: $0[1],
                    symbol: $0[2],
                    timeframe: $0[3],
                    isPacked: $0[4] == "packed"
                )
            }
        ),
        (
            "storage-read URL TIMEFRAME PLACES",
            { try await StorageRead.run(url: $0[0], timeframe: $0[1], places: $0[2]) }
        ),
        ("policy TRACE BUDGET", { try PolicyReplay.run(trace: $0[0], budget: Self.number($0, 1)) }),
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let command = Self.commands.first { $0.usage.split(separator: " ").first.map(String.init) == arguments.first }
        guard let command, arguments.count == command.usage.split(separator: " ").count else {
            Self.complain("usage:\n" + Self.commands.map { "  benchmarks \($0.usage)\n" }.joined())
            exit(64)
        }
        do {
            let figures = try await command.run(Array(arguments.dropFirst()))
            print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
        } catch {
            Self.complain("benchmarks: \(error)\n")
            exit(1)
        }
    }

    private static func number(_ arguments: [String], _ index: Int) throws -> Int {
        guard let number = Int(arguments[index]), number >= 0 else {
            throw BenchmarkError("'\(arguments[index])' is not a whole number of at least 0")
        }
        return number
    }

    private static func complain(_ message: String) {
        FileHandle.standardError.write(Data(message.utf8))
    }
}

/// Why a benchmark has no result.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
