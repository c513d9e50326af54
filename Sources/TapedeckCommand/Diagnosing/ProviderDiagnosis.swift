import MarketData
import Providers
import Tapedeck

/// Looks at the places where data are bought, with requests that are free.
struct ProviderDiagnosis: Sendable {
    let settings: Settings
    let registry: ProviderRegistry

    /// Asks each configured provider.
    func findings() async -> [Finding] {
        var findings = [self.key]
        for id in self.settings.providers {
            findings += await self.findings(of: id)
        }
        return findings
    }

    private var key: Finding {
        if self.settings.databentoKey != nil { return .ok("key", "a Databento key is set") }
        if self.settings.providers == [.simulated] {
            return .warn(
                "key",
                "no Databento key is set: prices are simulated",
                "set \(ConfigurationKeys.databentoKey.environment) or \(ConfigurationKeys.databentoKeyFile.environment)"
            )
        }
        return .fail("key", "no Databento key is set", "set \(ConfigurationKeys.databentoKey.environment)")
    }

    private func findings(of id: ProviderID) async -> [Finding] {
        let subject = "provider"
        do {
            let provider = try self.registry.provider(id)
            // The symbol is not looked up: what is asked is the dataset's range.
            let series = try Series(provider: id, symbol: "ES.c.0", timeframe: .oneMinute)
            let available = try await provider.availability(of: series)
            var findings: [Finding] = [
                .ok(subject, "\(id) answers, with 1m bars from \(available.start) to \(available.end)")
            ]
            let before = SystemTime.now()
            if let time = try await provider.serverTime() {
                findings.append(
                    ClockCheck.finding(
                        "the clock of \(id)",
                        other: time,
                        before: before,
                        after: SystemTime.now(),
                        resolution: .seconds(1)
                    )
                )
            }
            return findings
        } catch let error as ProviderError {
            return [
                .fail(error.code == .unauthorized ? "key" : subject, "\(id): \(error.message)", Self.advice(error.code))
            ]
        } catch {
            return [
                .fail(subject, "\(id): \((error as? TapedeckError)?.message ?? "\(error)")", "fix TAPEDECK_PROVIDER")
            ]
        }
    }

    private static func advice(_ code: ProviderError.Code) -> String {
        switch code {
        case .unauthorized: "the key is wrong or switched off: put a valid one into DATABENTO_API_KEY"
        case .forbidden: "the account has no licence for the dataset: add it at the provider"
        case .outOfCredit: "add credit, or raise the spending limit at the provider"
        case .unsupported, .badRequest: "fix the dataset in TAPEDECK_PROVIDER"
        case .rateLimited: "wait; look for another program that uses the key"
        default: "look at the network and the provider's status page; stored data are served meanwhile"
        }
    }
}
