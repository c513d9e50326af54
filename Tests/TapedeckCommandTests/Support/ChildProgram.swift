import Foundation
import Locking

/// The built program `tapedeck`, run as a child process of the test.
final class ChildProgram: Sendable {
    /// What a finished run left behind.
    struct Outcome: Sendable {
        let exitCode: Int32
        let output: String
        let errors: String
    }

    /// Text that arrives piece by piece, and those who wait for a part of it.
    private struct Stream {
        var text = ""
        var isAtEnd = false
        var watchers: [(part: String, continuation: CheckedContinuation<String?, Never>)] = []
    }

    private let process: Process
    private let output = Locked(Stream())
    private let errors = Locked(Stream())
    private let exit = Locked<(status: Int32?, waiters: [CheckedContinuation<Int32, Never>])>((nil, []))

    /// The process's number.
    var pid: pid_t { self.process.processIdentifier }

    /// Starts the program with exactly this environment (and `PATH`).
    init(_ arguments: [String], environment: [String: String] = [:], folder: String) throws {
        self.process = Process()
        self.process.executableURL = Self.url
        self.process.arguments = arguments
        self.process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { own, _ in own }
        self.process.currentDirectoryURL = URL(fileURLWithPath: folder)
        self.process.standardInput = FileHandle.nullDevice
        let outputPipe = Pipe()
        let errorPipe = Pipe()
        self.process.standardOutput = outputPipe
        self.process.standardError = errorPipe
        self.process.terminationHandler = { [exit] process in
            let waiters = exit.withLock { exit in
                exit.status = process.terminationStatus
                defer { exit.waiters = [] }
                return exit.waiters
            }
            for waiter in waiters { waiter.resume(returning: process.terminationStatus) }
        }
        try self.process.run()
        Self.read(outputPipe.fileHandleForReading, into: self.output)
        Self.read(errorPipe.fileHandleForReading, into: self.errors)
    }

    deinit {
        // A test that failed half-way must not leave its worker behind.
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        folder: String
    ) async throws -> Outcome {
        try await ChildProgram(arguments, environment: environment, folder: folder).finished()
    }

    /// Waits for the line of standard output that holds `part`; nil when output ends without it.
    func line(containing part: String) async -> String? {
        await withCheckedContinuation { continuation in
            let found: String?? = self.output.withLock { stream in
                if let line = Self.line(containing: part, in: stream.text) { return .some(line) }
                if stream.isAtEnd { return .some(nil) }
                stream.watchers.append((part, continuation))
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    /// Sends a signal.
    func send(_ signal: Int32) {
        kill(self.pid, signal)
    }

    /// Waits until the process has ended and all it printed has been read.
    func finished() async -> Outcome {
        let status = await withCheckedContinuation { continuation in
            let status = self.exit.withLock { exit -> Int32? in
                if exit.status == nil { exit.waiters.append(continuation) }
                return exit.status
            }
            if let status { continuation.resume(returning: status) }
        }
        // Nobody prints this: both calls return at the end of the streams.
        _ = await self.line(containing: "\u{0}")
        while !self.errors.withLock({ $0.isAtEnd }) { await Task.yield() }
        return Outcome(
            exitCode: status,
            output: self.output.withLock { $0.text },
            errors: self.errors.withLock { $0.text }
        )
    }

    /// What has been printed so far.
    var printed: String { self.output.withLock { $0.text } + self.errors.withLock { $0.text } }

    /// The program stands beside the test bundle.
    private static let url = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appendingPathComponent("tapedeck")

    private static func read(_ handle: FileHandle, into stream: Locked<Stream>) {
        Thread {
            while true {
                let data = handle.availableData
                let resumptions = stream.withLock { stream in
                    stream.text += String(decoding: data, as: UTF8.self)
                    stream.isAtEnd = data.isEmpty
                    var resumptions: [(CheckedContinuation<String?, Never>, String?)] = []
                    stream.watchers.removeAll { watcher in
                        let line = Self.line(containing: watcher.part, in: stream.text)
                        guard line != nil || data.isEmpty else { return false }
                        resumptions.append((watcher.continuation, line))
                        return true
                    }
                    return resumptions
                }
                for (continuation, line) in resumptions { continuation.resume(returning: line) }
                if data.isEmpty { return }
            }
        }.start()
    }

    /// The first whole line that holds `part`.
    private static func line(containing part: String, in text: String) -> String? {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .first { $0.contains(part) }.map(String.init)
    }
}
