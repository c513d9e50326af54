import ArgumentParser
import MarketData
import MarketStore
import Providers
import SQLDatabase
import Tapedeck
import TapedeckServer

/// An error as the program ends with it: one line for people and an exit code.
struct CommandFailure {
    /// What went wrong and what to do, in one line.
    let message: String
    /// 64 for wrong arguments and settings, 1 for what failed.
    let exitCode: ExitCode

    /// The failure that an error is, or nil for the argument parser's own errors, which show themselves.
    init?(_ error: any Error) {
        switch error {
        case let error as ConfigurationError:
            self.init(error.description, .validationFailure)
        case let error as WorkerError:
            if case .unprotected = error {
                self.init(error.description, .validationFailure)
            } else {
                self.init(error.description, .failure)
            }
        case let error as TapedeckError:
            let name = error.parameter.map { "\($0): " } ?? ""
            self.init(name + error.message, error.code == .invalidRequest ? .validationFailure : .failure)
        case let error as MarketDataError:
            self.init(error.message, .validationFailure)
        case let error as SQLError:
            self.init("database: \(error.message)", error.code == .invalidURL ? .validationFailure : .failure)
        case let error as StoreError:
            self.init(error.message, error.code == .invalidArgument ? .validationFailure : .failure)
        case let error as DamagedBlocks:
            self.init(error.description, .failure)
        case let error as ProviderError:
            self.init("provider: \(error.message)", .failure)
        case is CancellationError:
            self.init("stopped", .failure)
        case is ExitCode, is CleanExit, is ValidationError:
            return nil
        default:
            // The argument parser's errors are not public; it knows its own exit codes for them.
            guard TapedeckProgram.exitCode(for: error) == .failure else { return nil }
            self.init("\(error)", .failure)
        }
    }

    private init(_ message: String, _ exitCode: ExitCode) {
        self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.exitCode = exitCode
    }
}
