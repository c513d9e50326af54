/// Where the fields of a definition are that move between versions.
struct DefinitionLayout {
    /// A text field: its offset and its width, the NUL included.
    typealias Text = (offset: Int, width: Int)

    let strikePrice: Int
    let rawInstrumentID: Int
    let rawInstrumentIDIsWide: Bool
    let underlyingID: Int
    let contractMultiplier: Int
    let currency: Text
    let rawSymbol: Text
    let exchange: Text
    let asset: Text
    let securityType: Text
    let underlying: Text
    let instrumentClass: Int
    let securityUpdateAction: Int

    static func version(_ version: UInt8) -> Self {
        switch version {
        case 1: .version1
        case 2: .version2
        default: .version3
        }
    }

    static let version1 = Self(
        strikePrice: 328,
        rawInstrumentID: 120,
        rawInstrumentIDIsWide: false,
        underlyingID: 116,
        contractMultiplier: 160,
        currency: (186, 4),
        rawSymbol: (200, 22),
        exchange: (243, 5),
        asset: (248, 7),
        securityType: (262, 7),
        underlying: (300, 21),
        instrumentClass: 325,
        securityUpdateAction: 349
    )

    static let version2 = Self(
        strikePrice: 112,
        rawInstrumentID: 128,
        rawInstrumentIDIsWide: false,
        underlyingID: 124,
        contractMultiplier: 164,
        currency: (186, 4),
        rawSymbol: (200, 71),
        exchange: (292, 5),
        asset: (297, 7),
        securityType: (311, 7),
        underlying: (349, 21),
        instrumentClass: 374,
        securityUpdateAction: 382
    )

    static let version3 = Self(
        strikePrice: 104,
        rawInstrumentID: 112,
        rawInstrumentIDIsWide: true,
        underlyingID: 140,
        contractMultiplier: 176,
        currency: (224, 4),
        rawSymbol: (238, 71),
        exchange: (330, 5),
        asset: (335, 11),
        securityType: (353, 7),
        underlying: (391, 21),
        instrumentClass: 487,
        securityUpdateAction: 493
    )
}
