/// The figures of `/proc/PID/stat` that the metrics show; see proc(5).
struct ProcessStatus: Hashable {
    /// Processor time in user and kernel mode, in clock ticks.
    let processorTicks: Int
    let threadCount: Int
    /// When the process began, in clock ticks since the system's start.
    let startTicks: Int
    let virtualByteCount: Int
    let residentPageCount: Int

    /// Reads the file's one line; nil when it is not as it should be.
    init?(_ text: String) {
        // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
        guard let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: name)...].split { $0 == " " || $0 == "\n" }
        /// A field by its number in proc(5), of which the third is the first behind the name.
        func field(_ number: Int) -> Int? { number - 3 < fields.count ? Int(fields[number - 3]) : nil }
        guard let user = field(14), let kernel = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        self.processorTicks = user + kernel
        self.threadCount = threads
        self.startTicks = start
        self.virtualByteCount = virtual
        self.residentPageCount = resident
    }

    /// When the system began, in seconds since 1970, from `/proc/stat`; nil when that does not say.
    static func bootSeconds(_ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }
}
