/// Where a worker's certificate and key are, both in PEM.
public struct TLSFiles: Sendable, Equatable {
    /// The path of the certificate, with those that it is signed by behind it, except the root.
    public var certificate: String
    /// The path of the certificate's private key, without a passphrase.
    public var key: String

    /// Names the two files; they are read when the worker starts.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Why a certificate or a key cannot be used.
public struct TLSFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file's path.
    public let path: String
    /// What is wrong with it and what is allowed; never any of its text.
    public let problem: String

    /// Path and problem in one line.
    public var description: String { "\(self.path): \(self.problem)" }
}
