/// What is covered, versioned and evicted as one: the bars, or the sampled quotes, of one symbol at one provider.
public struct Series: Hashable, Sendable, CustomStringConvertible {
    /// What the records of a series are.
    public enum Kind: String, Hashable, Sendable {
        /// OHLCV bars of the series' timeframe.
        case bars
        /// Best bid and ask, one sample for each period of the series' timeframe.
        case quotes
    }

    /// Where the series is bought.
    public let provider: ProviderID
    /// What the provider calls the instrument: `ESZ6`, `ES.c.0`.
    public let symbol: String
    /// The length of a period.
    public let timeframe: Timeframe
    /// What the records are.
    public let kind: Kind

    /// Creates a series; throws `malformedSymbol` for a symbol that is empty, longer than 70 bytes, not printable ASCII,
    /// or begins or ends with a space. (Databento's symbols are ASCII of at most 70 characters; spaces inside are real.)
    public init(
        provider: ProviderID,
        symbol: String,
        timeframe: Timeframe,
        kind: Kind = .bars
    ) throws(MarketDataError) {
        let bytes = symbol.utf8
        guard !bytes.isEmpty, bytes.count <= 70, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
            bytes.first != 0x20, bytes.last != 0x20
        else {
            throw MarketDataError(
                .malformedSymbol,
                "\(MarketDataError.quoted(symbol)) is not a symbol: use 1 to 70 printable ASCII characters"
            )
        }
        self.init(unchecked: symbol, provider: provider, timeframe: timeframe, kind: kind)
    }

    /// Creates a series of a symbol that is not looked at: only to look for one that was checked, which nothing else equals.
    package init(unchecked symbol: String, provider: ProviderID, timeframe: Timeframe, kind: Kind = .bars) {
        self.provider = provider
        self.symbol = symbol
        self.timeframe = timeframe
        self.kind = kind
    }

    /// Hashes symbol and timeframe, which tell nearly all series apart: every read looks for one.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.symbol)
        hasher.combine(self.timeframe.nanoseconds)
    }

    /// `databento/GLBX.MDP3 ES.c.0 1h`, with ` quotes` behind it for quotes.
    public var description: String {
        "\(self.provider) \(self.symbol) \(self.timeframe)" + (self.kind == .quotes ? " quotes" : "")
    }
}
