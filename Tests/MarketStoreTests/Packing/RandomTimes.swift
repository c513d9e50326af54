import TestSupport

/// Times of bars and of fetches, drawn by chance.
enum RandomTimes {
    private static let base: Int64 = 1_767_571_200_000_000_000

    /// Up to `count` different times in their order; none is the last there is.
    static func times(_ count: Int, _ random: inout SeededRandom) -> [Int64] {
        let step: Int64 = [1, 1_000_000_000, 60_000_000_000, 604_800_000_000_000].randomElement(using: &random) ?? 1
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return (0..<Int64(count)).map { Self.base + $0 * step }
        case 1:
            // Gaps.
            var time = Self.base
            return (0..<count).map { _ in
                time += step * (Int.random(in: 0..<10, using: &random) == 0 ? .random(in: 2...40, using: &random) : 1)
                return time
            }
        case 2:
            // Not on any grid, before 1970 too.
            return Self.sorted((0..<count).map { _ in .random(in: -1_000_000...1_000_000, using: &random) })
        case 3:
            return Self.sorted((0..<count).map { _ in .random(in: .min ..< .max, using: &random) })
        default:
            let ends: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 2, .max - 1]
            return Self.sorted(ends.filter { _ in .random(using: &random) } + [7])
        }
    }

    /// Times in no order.
    static func fetchTimes(_ count: Int, _ random: inout SeededRandom) -> [Int64] {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: Array(repeating: Self.base, count: count)
        case 1: (0..<count).map { Self.base + Int64($0 / 50) * 86_400_123_456_789 }
        default: (0..<count).map { _ in .random(in: .min ... .max, using: &random) }
        }
    }

    private static func sorted(_ times: [Int64]) -> [Int64] { Set(times).sorted() }
}
