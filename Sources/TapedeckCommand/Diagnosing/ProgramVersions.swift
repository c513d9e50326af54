import Foundation
import Tapedeck

/// What the program was built from and runs on.
enum ProgramVersions {
    /// The version, the compiler, the build and the system, in one line.
    static var text: String {
        "tapedeck \(Version.current) built with Swift \(Self.compiler), \(Self.build) build, on \(Self.system)"
    }

    private static var compiler: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }

    private static var build: String {
        #if DEBUG
        "debug"
        #else
        "release"
        #endif
    }

    private static var system: String { ProcessInfo.processInfo.operatingSystemVersionString }
}
