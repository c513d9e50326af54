import Foundation
import MarketData
import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct TLSIdentityTests {
    @Test func aCertificateAndItsKeyAreRead() async throws {
        try await TemporaryFolder.with { folder in
            let (certificate, key) = try Certificate.make(in: folder)

            let identity = try TLSIdentity(TLSFiles(certificate: certificate, key: key))

            let seconds = identity.expiry.nanoseconds / 1_000_000_000 - Int64(Date().timeIntervalSince1970)
            #expect(identity.chain.count == 1)
            #expect((86_400...2 * 86_400).contains(seconds))
        }
    }

    @Test func whatIsWrongIsToldWithTheFileAndNoneOfItsText() async throws {
        try await TemporaryFolder.with { folder in
            let (certificate, key) = try Certificate.make(in: folder)
            let (_, otherKey) = try Certificate.make(in: folder, name: "other")
            let empty = "\(folder.path)/empty.pem"
            let text = "\(folder.path)/text.pem"
            let locked = "\(folder.path)/locked.pem"
            try Data().write(to: URL(fileURLWithPath: empty))
            try Data("s3cret".utf8).write(to: URL(fileURLWithPath: text))
            try Data("-----BEGIN ENCRYPTED PRIVATE KEY-----\ns3cret\n".utf8).write(to: URL(fileURLWithPath: locked))

            for (files, path, words) in [
                (TLSFiles(certificate: "/nowhere/a.pem", key: key), "/nowhere/a.pem", "cannot be read"),
                (TLSFiles(certificate: folder.path, key: key), folder.path, "cannot be read"),
                (TLSFiles(certificate: empty, key: key), empty, "empty"),
                (TLSFiles(certificate: text, key: key), text, "no certificate"),
                (TLSFiles(certificate: key, key: key), key, "no certificate"),
                (TLSFiles(certificate: certificate, key: "/nowhere/k.pem"), "/nowhere/k.pem", "cannot be read"),
                (TLSFiles(certificate: certificate, key: certificate), certificate, "no private key"),
                (TLSFiles(certificate: certificate, key: text), text, "no private key"),
                (TLSFiles(certificate: certificate, key: locked), locked, "passphrase"),
                (TLSFiles(certificate: certificate, key: otherKey), otherKey, "not the key of the certificate"),
            ] {
                let error = #expect(throws: TLSFileError.self) { try TLSIdentity(files) }
                #expect(error?.path == path)
                #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
                #expect(error?.description.contains("s3cret") == false)
            }
        }
    }
}
