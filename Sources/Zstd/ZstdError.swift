import CZstd

/// What can go wrong with zstd.
package enum ZstdError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The input is no zstd, or damaged; `consumed` bytes of it were accepted before it showed.
    case corrupt(String, consumed: Int)
    /// The system has no memory left.
    case outOfMemory(String)

    static func name(of code: Int) -> String { String(cString: ZSTD_getErrorName(code)) }

    /// What was wrong.
    package var description: String {
        switch self {
        case .corrupt(let reason, _): "zstd: \(reason)"
        case .outOfMemory(let reason): reason
        }
    }
}
