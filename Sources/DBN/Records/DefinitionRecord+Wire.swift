extension DefinitionRecord {
    init(_ wire: WireReader, _ header: RecordHeader, version: UInt8) throws(DBNError) {
        let layout = DefinitionLayout.version(version)
        self.header = header
        self.tsRecv = wire.integer(16)
        self.minPriceIncrement = wire.integer(24)
        self.displayFactor = wire.integer(32)
        self.expiration = wire.integer(40)
        self.activation = wire.integer(48)
        self.strikePrice = wire.integer(layout.strikePrice)
        self.rawInstrumentID =
            layout.rawInstrumentIDIsWide
            ? wire.integer(layout.rawInstrumentID)
            : UInt64(wire.integer(layout.rawInstrumentID, as: UInt32.self))
        self.underlyingID = wire.integer(layout.underlyingID)
        self.contractMultiplier = wire.integer(layout.contractMultiplier)
        self.currency = try wire.name(layout.currency.offset, width: layout.currency.width)
        self.rawSymbol = try wire.name(layout.rawSymbol.offset, width: layout.rawSymbol.width)
        self.exchange = try wire.name(layout.exchange.offset, width: layout.exchange.width)
        self.asset = try wire.name(layout.asset.offset, width: layout.asset.width)
        self.securityType = try wire.name(layout.securityType.offset, width: layout.securityType.width)
        self.underlying = try wire.name(layout.underlying.offset, width: layout.underlying.width)
        self.instrumentClass = wire.integer(layout.instrumentClass)
        self.securityUpdateAction = wire.integer(layout.securityUpdateAction)
    }

    func write(to wire: WireWriter) throws(DBNError) {
        let layout = DefinitionLayout.version3
        self.header.write(to: wire)
        Self.writeUndefinedFields(to: wire)
        wire.set(16, self.tsRecv)
        wire.set(24, self.minPriceIncrement)
        wire.set(32, self.displayFactor)
        wire.set(40, self.expiration)
        wire.set(48, self.activation)
        wire.set(layout.strikePrice, self.strikePrice)
        wire.set(layout.rawInstrumentID, self.rawInstrumentID)
        wire.set(layout.underlyingID, self.underlyingID)
        wire.set(layout.contractMultiplier, self.contractMultiplier)
        try wire.set(layout.currency.offset, self.currency, width: layout.currency.width, name: "currency")
        try wire.set(layout.rawSymbol.offset, self.rawSymbol, width: layout.rawSymbol.width, name: "raw symbol")
        try wire.set(layout.exchange.offset, self.exchange, width: layout.exchange.width, name: "exchange")
        try wire.set(layout.asset.offset, self.asset, width: layout.asset.width, name: "asset")
        let type = layout.securityType
        try wire.set(type.offset, self.securityType, width: type.width, name: "security type")
        try wire.set(layout.underlying.offset, self.underlying, width: layout.underlying.width, name: "underlying")
        wire.set(layout.instrumentClass, self.instrumentClass)
        wire.set(layout.securityUpdateAction, self.securityUpdateAction)
    }

    /// Gives each field that is not modelled the value that means "not known"; zero is a value for most of them.
    private static func writeUndefinedFields(to wire: WireWriter) {
        // Limits, variation, unit quantity, increment amount, ratio; a leg's price and delta.
        for offset in [56, 64, 72, 80, 88, 96, 120, 128] { wire.set(offset, DBN.undefinedPrice) }
        // Attributes, depths, lot sizes, decay quantity, original contract size.
        for offset in [136, 144, 148, 160, 164, 168, 180, 184] { wire.set(offset, Int32.max) }
        // Market segment, greatest and least trade volume.
        for offset in [152, 156, 172] { wire.set(offset, UInt32.max) }
        wire.set(212, Int16.max)
        // Maturity year, decay start, channel.
        for offset in [214, 216, 218] { wire.set(offset, UInt16.max) }
        wire.set(488, UInt8(ascii: " "))
        // Fractions, display format, product; maturity month, day and week; tick rule.
        for offset in [489, 490, 491, 492, 494, 495, 496, 500] { wire.set(offset, UInt8.max) }
        wire.set(497, UInt8(ascii: "N"))
        wire.set(498, Int8.max)
        wire.set(499, Int8.max)
        wire.set(502, UInt8(ascii: "N"))
    }
}
