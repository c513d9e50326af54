import DBN
import Testing

@Suite struct NameTests {
    @Test func schemasHaveTheVendorsNames() {
        #expect(Schema(name: "ohlcv-1m") == .ohlcv1Minute)
        #expect(Schema.bbo1Minute.name == "bbo-1m")
        #expect(Schema(name: "ohlcv-5m") == nil)
        #expect(Schema(rawValue: 20).name == nil)
        #expect(Schema(rawValue: 20).description == "schema 20")
        for number in 0..<UInt16(20) {
            let schema = Schema(rawValue: number)
            #expect(schema.name.flatMap(Schema.init(name:)) == schema)
        }
    }

    @Test func symbologyTypesHaveTheVendorsNames() {
        #expect(SType(name: "continuous") == .continuous)
        #expect(SType.parent.name == "parent")
        #expect(SType(name: "ticker") == nil)
        #expect(SType.none.name == nil)
        for number in 0..<UInt8(16) {
            let stype = SType(rawValue: number)
            #expect(stype.name.flatMap(SType.init(name:)) == stype)
        }
    }

    @Test func recordTypesHaveTheVendorsNames() {
        #expect(RType(name: "ohlcv-1h") == .ohlcv1Hour)
        #expect(RType.tcbbo.name == "tcbbo")
        #expect(RType(name: "candles") == nil)
        #expect(RType(rawValue: 250).description == "rtype 250")
        #expect((0...UInt8.max).count { RType(rawValue: $0).name != nil } == 23)
    }

    @Test func errorsSayWhatAndWhere() {
        let error = Decoded(Array("{\"detail\":1}".utf8)).error

        #expect(error?.description.hasPrefix("notDBN: ") == true)
        #expect(error?.description.hasSuffix("(at byte 0)") == true)
    }
}
