import Foundation

/// A certificate for 127.0.0.1 that nobody but its owner trusts, made with the `openssl` program.
package enum Certificate {
    /// The paths of certificate and key in PEM form, named after `name`.
    package static func make(in folder: TemporaryFolder, name: String = "certificate") throws -> (
        certificate: String, key: String
    ) {
        let (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name)-key.pem")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
            + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CertificateError() }
        return (certificate, key)
    }
}

/// `openssl` did not make a certificate.
package struct CertificateError: Error {}
