import Foundation

/// A random number generator whose numbers follow from its seed (SplitMix64).
///
/// Put `random.seed` into the comment of an expectation, so that a failure names it. The environment variable
/// `TAPEDECK_TEST_SEED` repeats a run with that seed.
package struct SeededRandom: RandomNumberGenerator, Sendable, CustomStringConvertible {
    /// The seed that repeats these numbers.
    package let seed: UInt64
    private var state: UInt64

    /// Creates a generator with the seed of `TAPEDECK_TEST_SEED`, or else a fresh one.
    package init() {
        let given = ProcessInfo.processInfo.environment["TAPEDECK_TEST_SEED"].flatMap(UInt64.init)
        self.init(seed: given ?? .random(in: .min ... .max))
    }

    /// Creates a generator with this seed.
    package init(seed: UInt64) {
        self.seed = seed
        self.state = seed
    }

    package var description: String { "TAPEDECK_TEST_SEED=\(self.seed)" }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
