/// The definition of an instrument: the fields that say what it is and how its prices and quantities count.
///
/// The other fields of the wire are not kept. The encoder writes them as undefined.
public struct DefinitionRecord: Hashable, Sendable {
    /// The header.
    public var header: RecordHeader
    /// When the vendor received it, in nanoseconds.
    public var tsRecv: UInt64
    /// The tick size, in billionths.
    public var minPriceIncrement: Int64
    /// The factor from the venue's display price to the price here, in billionths.
    public var displayFactor: Int64
    /// When the instrument stops trading, in nanoseconds, or `DBN.undefinedTimestamp`.
    public var expiration: UInt64
    /// When the instrument starts trading, in nanoseconds, or `DBN.undefinedTimestamp`.
    public var activation: UInt64
    /// An option's strike price, in billionths, or `DBN.undefinedPrice`.
    public var strikePrice: Int64
    /// The instrument id that the venue gave.
    public var rawInstrumentID: UInt64
    /// The instrument id of the underlying, or 0.
    public var underlyingID: UInt32
    /// The quantity of the underlying in one contract, or `Int32.max`.
    public var contractMultiplier: Int32
    /// The currency of the prices, at most 3 ASCII characters.
    public var currency: String
    /// The venue's name of the instrument, at most 70 ASCII characters.
    public var rawSymbol: String
    /// The venue's market code, at most 4 ASCII characters.
    public var exchange: String
    /// The product's code, such as `ES`, at most 10 ASCII characters.
    public var asset: String
    /// The venue's type of security, such as `FUT`, at most 6 ASCII characters.
    public var securityType: String
    /// The name of the underlying, at most 20 ASCII characters.
    public var underlying: String
    /// The class, in ASCII: `F` future, `C` call, `P` put, `K` stock, `S` future spread and more.
    public var instrumentClass: UInt8
    /// What the record does to earlier ones, in ASCII: `A` add, `M` modify, `D` delete, `~` nothing.
    public var securityUpdateAction: UInt8

    /// Creates a definition of which only the name is known; the other fields are undefined.
    public init(header: RecordHeader, rawSymbol: String) {
        self.header = header
        self.tsRecv = DBN.undefinedTimestamp
        self.minPriceIncrement = DBN.undefinedPrice
        self.displayFactor = DBN.undefinedPrice
        self.expiration = DBN.undefinedTimestamp
        self.activation = DBN.undefinedTimestamp
        self.strikePrice = DBN.undefinedPrice
        self.rawInstrumentID = UInt64(header.instrumentID)
        self.underlyingID = 0
        self.contractMultiplier = Int32.max
        self.currency = ""
        self.rawSymbol = rawSymbol
        self.exchange = ""
        self.asset = ""
        self.securityType = ""
        self.underlying = ""
        self.instrumentClass = 0
        self.securityUpdateAction = UInt8(ascii: "A")
    }
}
