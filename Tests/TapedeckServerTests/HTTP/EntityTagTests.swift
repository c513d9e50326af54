import NIOCore
import TestSupport
import Testing

@testable import TapedeckServer

@Suite struct EntityTagTests {
    private let tag = EntityTag(of: ByteBuffer(string: "some content"))

    @Test func equalContentHasTheSameTagEverywhere() {
        // Written down: another machine, or the next version of the program, must not give another tag.
        #expect(self.tag.text == "\"1t8dzfovs2q6l-2lcden8d8fjxl\"")
        #expect(self.tag.text.wholeMatch(of: /"[0-9a-z]+-[0-9a-z]+"/) != nil)
    }

    @Test func everyChangeOfABitChangesTheTag() {
        var random = SeededRandom()
        for length in 0..<40 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            var tags: Set<String> = [EntityTag(of: ByteBuffer(bytes: bytes)).text]
            for index in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[index] ^= 1 << bit
                    tags.insert(EntityTag(of: ByteBuffer(bytes: changed)).text)
                }
            }
            tags.insert(EntityTag(of: ByteBuffer(bytes: bytes + [0])).text)

            #expect(tags.count == length * 8 + 2, "\(random)")
        }
    }

    @Test func theHeaderNamesItAmongOthersWeakOrStrong() {
        let text = self.tag.text

        for header in [text, "W/\(text)", "\"x\", \(text)", "\"x\" ,\t\(text) , \"y\"", "*"] {
            #expect(self.tag.isKnown(to: header), "\(header)")
        }
        for header in [nil, "", "\"x\"", String(text.dropFirst()), "\"*\"", text.uppercased() + "x"] {
            #expect(!self.tag.isKnown(to: header))
        }
    }
}
