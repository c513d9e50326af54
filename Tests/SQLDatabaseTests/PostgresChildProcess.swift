import Foundation

@testable import SQLDatabase

/// A program that a test runs.
///
/// Unlike Foundation's `Process` it passes on neither blocked signals nor open files, so that what it starts can be ended
/// and a daemon among it keeps nobody waiting.
struct PostgresChildProcess {
    let id: pid_t
    /// What it writes to its output and error streams.
    let output: FileHandle

    /// Starts a program; `arguments` begin with its path.
    init(_ arguments: [String]) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SQLError(.other, "no pipe for a program") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        // One that is closed meanwhile does no harm.
        for descriptor in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
        where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var id: pid_t = 0
        var copies = arguments.map { strdup($0) } + [nil]
        defer { copies.forEach { free($0) } }
        let code = posix_spawn(&id, arguments[0], &actions, &attributes, &copies, environ)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw SQLError(.other, "\(arguments[0]) does not start: \(String(cString: strerror(code)))")
        }
        self.id = id
        self.output = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
    }

    /// Waits for the end, which blocks; true when the program succeeded.
    func wait() -> Bool {
        var status: Int32 = -1
        while waitpid(self.id, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }

    /// Ends the program.
    func stop() {
        kill(self.id, SIGTERM)
    }
}
