import ArgumentParser
import Foundation
import TapedeckServer

/// Prints the settings in force.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print every setting as it is in force, and where its value comes from.",
        discussion: """
            Flags come before the environment before the file (--config) before the defaults. Secrets are not shown. \
            Settings that cannot be used are refused as by 'serve', with exit code 64.

              tapedeck config
              tapedeck config --config tapedeck.yaml --changed
            """
    )

    @Flag(help: "Leave out what has its default.")
    var changed = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var provider: ProviderOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let flags = self.common.allFlags(with: self.provider.flags)
        let settings = try await SettingInForce.all(flags: flags, environment: ProcessInfo.processInfo.environment)
            .filter { !self.changed || $0.origin != .fallback }
        if self.output.json {
            StandardOutput.json { Self.write(settings, to: &$0) }
            return
        }
        var table = TextTable([("setting", .left), ("value", .left), ("from", .left)])
        for setting in settings { table.add([setting.name, setting.value, setting.origin.description]) }
        StandardOutput.write(table.text.utf8)
    }

    private static func write(_ settings: [SettingInForce], to json: inout JSONWriter) {
        json.beginArray()
        for setting in settings {
            json.beginObject()
            json.key("setting")
            json.value(setting.name)
            json.key("value")
            json.value(setting.value)
            json.key("from")
            json.value(setting.origin.name)
            json.key("origin")
            json.value(setting.origin.detail)
            json.endObject()
        }
        json.endArray()
    }
}
