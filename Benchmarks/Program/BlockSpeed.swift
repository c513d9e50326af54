/// How many bytes blocks take, and how fast bars become blocks and blocks become bars, by stretch and zstd level.
enum BlockSpeed {
    struct Figures: Encodable {
        let sets: [BlockSet.Figures]
    }

    private static let levels = [1, 3, 6, 9, 19]

    /// `rounds` is how often each set is measured, in turns with all others of its timeframe.
    static func run(rounds: Int) throws -> Figures {
        var figures: [BlockSet.Figures] = []
        for market in BlockMarket.all {
            let history = try market.bars()
            let sets = try market.stretches.flatMap { stretch in
                try Self.levels.map { try BlockSet(history, of: market, by: stretch, level: $0) }
            }
            for _ in 0..<rounds {
                for set in sets { try set.measure() }
            }
            figures += sets.map(\.figures)
        }
        return Figures(sets: figures)
    }
}
