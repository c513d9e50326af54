import Testing

@testable import TapedeckServer

@Suite struct AccessTokensTests {
    private let tokens = AccessTokens(admin: "admin-token", bots: [("alpha", "token-a"), ("beta", "token-b")])

    @Test func bearersAreKnownByTheirTokens() {
        #expect(self.tokens.bearer(authorization: "Bearer admin-token") == .admin)
        #expect(self.tokens.bearer(authorization: "bearer token-a") == .bot("alpha"))
        #expect(self.tokens.bearer(authorization: "Bearer token-b") == .bot("beta"))
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Basic admin-token", "admin-token", "Bearer admin-toke", "Bearer admin-tokenn",
        "Bearer token-aadmin-token", "Bearer token-c", "Bearer admin-token token-a",
    ])
    func everythingElseIsNobody(authorization: String?) {
        #expect(self.tokens.bearer(authorization: authorization) == nil)
    }

    @Test func withoutTokensNobodyIsAnybody() {
        #expect(AccessTokens().bearer(authorization: "Bearer ") == nil)
        #expect(AccessTokens(admin: "").bearer(authorization: "Bearer ") == nil)
    }

    @Test func aRepeatedTokenIsNotTheToken() {
        #expect(!AccessTokens.areEqual(Array("ab".utf8), Array("abab".utf8)))
        #expect(!AccessTokens.areEqual(Array("abab".utf8), Array("ab".utf8)))
        #expect(AccessTokens.areEqual(Array("ab".utf8), Array("ab".utf8)))
    }

    @Test func tokensAreNeverPrinted() {
        var dumped = ""
        dump(self.tokens, to: &dumped)

        for text in ["\(self.tokens)", String(reflecting: self.tokens), dumped] {
            #expect(!text.contains("admin-token"))
            #expect(!text.contains("token-a"))
        }
    }
}

@Suite struct LoopbackHostTests {
    @Test(arguments: ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
    func loopbackIsOnlyThisMachine(host: String) {
        #expect(LoopbackHost.contains(host))
    }

    @Test(arguments: ["0.0.0.0", "::", "127.0.0.1.evil.example", "127.0.0", "127.0.0.256", "10.0.0.1", "myhost", ""])
    func allElseIsNot(host: String) {
        #expect(!LoopbackHost.contains(host))
    }
}
