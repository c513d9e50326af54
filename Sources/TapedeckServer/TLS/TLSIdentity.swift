import Foundation
import MarketData
import NIOSSL

/// A certificate chain and its key, read and found to belong together.
struct TLSIdentity: Sendable {
    /// More is no certificate and no key.
    private static var fileBytesMax: Int { 1 << 20 }

    let chain: [NIOSSLCertificateSource]
    let key: NIOSSLPrivateKeySource
    /// After this time clients refuse the certificate.
    let expiry: Timestamp

    /// Reads both files.
    init(_ files: TLSFiles) throws(TLSFileError) {
        let certificates = try Self.certificates(files.certificate)
        self.chain = certificates.map { .certificate($0) }
        self.key = .privateKey(try Self.key(files.key))
        let seconds = Int64(certificates[0].notValidAfter)
        self.expiry = Timestamp(nanoseconds: seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
        do {
            _ = try NIOSSLContext(configuration: self.configuration)
        } catch {
            throw TLSFileError(path: files.key, problem: "it is not the key of the certificate \(files.certificate)")
        }
    }

    /// What the server offers: TLS 1.2 and later, HTTP/1.1 within it.
    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: self.chain,
            privateKey: self.key
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    private static func certificates(_ path: String) throws(TLSFileError) -> [NIOSSLCertificate] {
        let bytes = try self.bytes(path)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw TLSFileError(path: path, problem: "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        return certificates
    }

    private static func key(_ path: String) throws(TLSFileError) -> NIOSSLPrivateKey {
        let bytes = try self.bytes(path)
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.contains("ENCRYPTED") else {
            throw TLSFileError(
                path: path,
                problem: "it has a passphrase; use a key without one, in a file that only "
                    + "the worker may read"
            )
        }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw TLSFileError(path: path, problem: "it holds no private key in PEM (-----BEGIN PRIVATE KEY-----)")
        }
        return key
    }

    private static func bytes(_ path: String) throws(TLSFileError) -> [UInt8] {
        let data: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: self.fileBytesMax + 1)
        } catch {
            let reason = (error as NSError).localizedFailureReason ?? error.localizedDescription
            throw TLSFileError(path: path, problem: "it cannot be read: \(reason)")
        }
        guard let data, data.count <= self.fileBytesMax else {
            throw TLSFileError(path: path, problem: "it is empty, or longer than \(self.fileBytesMax) bytes")
        }
        return Array(data)
    }
}
