/// Numbers that look random and depend on nothing but their inputs, the same on every machine.
enum SimulationHash {
    /// Mixes two numbers into one (the finaliser of SplitMix64).
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var mixed = left ^ (right &* 0x9E37_79B9_7F4A_7C15)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Mixes a number and a text.
    static func mix(_ left: UInt64, _ text: String) -> UInt64 {
        // FNV-1a over the text's bytes.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return self.mix(left, hash)
    }

    /// A fraction in 0 ..< 1 of the hash's upper bits.
    static func fraction(_ hash: UInt64) -> Double {
        Double(hash >> 11) * 0x1p-53
    }
}
