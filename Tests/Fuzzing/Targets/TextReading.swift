import MarketData
import Providers

@testable import TapedeckCommand
@testable import TapedeckServer

/// Values as people write them: what is read is written in one spelling, which is read as the same value.
enum TextReading {
    static let run: @Sendable ([UInt8]) -> Void = { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        if let time = try? Timestamp(parsing: text) {
            promise(Timestamp.earliest <= time && time <= Timestamp.latest, "\(time.nanoseconds) is a valid time")
            promise((try? Timestamp(parsing: time.description)) == time, "\(time) is read back")
            promise((try? Timestamp(parsing: String(time.nanoseconds))) == time, "\(time.nanoseconds) is read back")
        }
        if let timeframe = try? Timeframe(parsing: text) {
            promise((try? Timeframe(parsing: timeframe.description)) == timeframe, "\(timeframe) is read back")
        }
        if let provider = try? ProviderID(parsing: text) {
            promise((try? ProviderID(parsing: provider.description)) == provider, "\(provider) is read back")
        }
        if let duration = DurationText.duration(text) {
            promise(DurationText.duration(DurationText.text(duration)) == duration, "\(duration) is read back")
        }
        if let ranges = ConfigurationValue<[TimeRange]>.timeRanges.parse(text) {
            promise(ranges.allSatisfy { $0.start < $0.end }, "no range is empty")
        }
        _ = ConfigurationValue<[ProviderID]>.providers.parse(text)
        _ = ConfigurationValue<String>.webAddress.parse(text)
        Self.checkTokens(text)
        for symbology in SymbolSpelling.Symbology.allCases { Self.checkSymbol(text, symbology) }
        Self.checkSymbol(text, nil)
    }

    /// The spelling of a symbol is settled, and the vendor's client means the same by it.
    private static func checkSymbol(_ text: String, _ symbology: SymbolSpelling.Symbology?) {
        guard let spelled = try? SymbolSpelling.spelled(text, as: symbology) else { return }
        promise((try? SymbolSpelling.spelled(spelled, as: nil)) == spelled, "'\(spelled)' is settled")
        guard let sold = try? DatabentoSymbol(parsing: spelled) else { return }
        promise(sold.description == spelled, "'\(spelled)' is bought as '\(sold)'")
        if let symbology {
            promise(sold.stype == symbology.rawValue, "'\(spelled)' is bought as \(sold.stype)")
        }
    }

    private static func checkTokens(_ text: String) {
        do {
            let tokens = try BotTokens.parse(text)
            promise(!tokens.isEmpty && tokens.allSatisfy { !$0.name.isEmpty && !$0.token.isEmpty }, "tokens are whole")
            let written = tokens.map { "\($0.name)=\($0.token)" }.joined(separator: "\n")
            let again = try? BotTokens.parse(written)
            promise(again?.elementsEqual(tokens, by: ==) == true, "tokens are read back")
        } catch {
            promise(error is ConfigurationError, "tokens are refused as a setting: \(error)")
        }
    }
}
