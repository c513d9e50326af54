import Foundation
import Locking

/// libcurl's thread and the mailbox through which it is told what to do.
///
/// The thread holds the loop until `close()`. Transfers under way live on the thread alone.
final class CurlLoop: Sendable {
    private enum Command: Sendable {
        case start(Int, HTTPRequest, HTTPTransfer)
        case resume(Int)
        case cancel(Int)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isRunning = false
        var isClosed = false
        var transferCount = 0
        var nextID = 0
    }

    /// How long the thread sleeps at most when nothing happens.
    private static let idleMilliseconds: Int32 = 60_000

    private let configuration: CurlClient.Configuration
    private let multi: CurlMulti
    private let mailbox = Locked(Mailbox())

    init(_ configuration: CurlClient.Configuration) throws(HTTPError) {
        self.configuration = configuration
        self.multi = try CurlMulti(connectionsMax: configuration.connectionsMax)
    }

    /// Begins a transfer, and the thread before the first one.
    ///
    /// Throws `closed` or `overloaded`.
    func start(_ request: HTTPRequest) throws(HTTPError) -> HTTPTransfer {
        let number = try self.admit()
        let transfer = HTTPTransfer(
            bufferedBytesMax: self.configuration.bufferedBytesMax,
            headBytesMax: self.configuration.headBytesMax,
            signal: { signal in
                switch signal {
                case .resume: self.post(.resume(number.id))
                case .cancel: self.post(.cancel(number.id))
                }
            }
        )
        if number.isFirst {
            // A blocking loop needs a thread of its own; it ends with `close()`.
            let thread = Thread { self.run() }
            thread.name = "tapedeck-curl"
            thread.start()
        }
        let isPosted = self.post(.start(number.id, request, transfer))
        guard isPosted else { throw Self.closed }
        return transfer
    }

    /// Fails all transfers with `closed` and ends the thread.
    func close() {
        self.mailbox.withLock { $0.isClosed = true }
        self.multi.wakeUp()
    }

    private func admit() throws(HTTPError) -> (id: Int, isFirst: Bool) {
        try self.mailbox.withLock { mailbox throws(HTTPError) in
            guard !mailbox.isClosed else { throw Self.closed }
            guard mailbox.transferCount < self.configuration.transfersMax else {
                let message = "\(mailbox.transferCount) requests are under way; no more are allowed"
                throw HTTPError(.overloaded, message)
            }
            mailbox.transferCount += 1
            mailbox.nextID += 1
            let isFirst = !mailbox.isRunning
            mailbox.isRunning = true
            return (mailbox.nextID, isFirst)
        }
    }

    /// Puts a command into the mailbox; false when nobody will read it any more.
    @discardableResult
    private func post(_ command: Command) -> Bool {
        let isOpen = self.mailbox.withLock { mailbox in
            if !mailbox.isClosed { mailbox.commands.append(command) }
            return !mailbox.isClosed
        }
        self.multi.wakeUp()
        return isOpen
    }

    private static let closed = HTTPError(.closed, "the HTTP client is closed")
}

extension CurlLoop {
    /// A transfer on the thread.
    ///
    /// It keeps alive what its callbacks point to.
    private final class Active {
        let id: Int
        let transfer: HTTPTransfer
        let easy: CurlEasy

        init(id: Int, transfer: HTTPTransfer, easy: consuming CurlEasy) {
            self.id = id
            self.transfer = transfer
            self.easy = easy
        }
    }

    private func run() {
        var active: [Int: Active] = [:]
        var ids: [UnsafeMutableRawPointer: Int] = [:]
        var failure = HTTPError(.closed, "the HTTP client was closed")
        while let commands = self.nextCommands() {
            for command in commands {
                self.carryOut(command, &active, &ids)
            }
            do throws(HTTPError) {
                try self.multi.perform()
                while let ended = self.multi.nextEnded() {
                    guard let id = ids[ended.easy], let entry = active[id] else { continue }
                    self.retire(entry, ended.outcome, &active, &ids)
                }
                try self.multi.poll(milliseconds: Self.idleMilliseconds)
            } catch {
                failure = error
                self.mailbox.withLock { $0.isClosed = true }
            }
        }
        for entry in active.values {
            self.retire(entry, .failure(failure), &active, &ids)
        }
        for case .start(_, _, let transfer) in self.mailbox.withLock({ $0.commands }) {
            transfer.end(.failure(failure))
        }
        self.mailbox.withLock { $0.commands.removeAll() }
    }

    /// What is to be done, or nil when the client is closed.
    private func nextCommands() -> [Command]? {
        self.mailbox.withLock { mailbox in
            guard !mailbox.isClosed else { return nil }
            defer { mailbox.commands.removeAll(keepingCapacity: true) }
            return mailbox.commands
        }
    }

    private func carryOut(
        _ command: Command,
        _ active: inout [Int: Active],
        _ ids: inout [UnsafeMutableRawPointer: Int]
    ) {
        switch command {
        case .start(let id, let request, let transfer):
            do throws(HTTPError) {
                let easy = try CurlEasy.make(request, for: transfer, self.configuration)
                try self.multi.add(easy)
                ids[easy.pointer] = id
                active[id] = Active(id: id, transfer: transfer, easy: easy)
            } catch {
                self.mailbox.withLock { $0.transferCount -= 1 }
                transfer.end(.failure(error))
            }
        case .resume(let id):
            active[id]?.easy.resume()
        case .cancel(let id):
            guard let entry = active[id] else { return }
            self.retire(entry, .failure(HTTPError(.cancelled, "the transfer was cancelled")), &active, &ids)
        }
    }

    private func retire(
        _ entry: Active,
        _ outcome: Result<Void, HTTPError>,
        _ active: inout [Int: Active],
        _ ids: inout [UnsafeMutableRawPointer: Int]
    ) {
        self.multi.remove(entry.easy)
        active[entry.id] = nil
        ids[entry.easy.pointer] = nil
        self.mailbox.withLock { $0.transferCount -= 1 }
        entry.transfer.end(outcome)
    }
}
