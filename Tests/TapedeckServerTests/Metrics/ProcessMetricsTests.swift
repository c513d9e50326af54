import Testing

@testable import TapedeckServer

@Suite struct ProcessMetricsTests {
    private static let line = """
        4242 (tape (deck) x) S 1 4242 4242 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 7 0 1000 104857600 2560 18446744073709551615
        """

    @Test func theProgramsNameMayHoldSpacesAndParentheses() throws {
        let status = try #require(ProcessStatus(Self.line))

        #expect(status.processorTicks == 300 && status.threadCount == 7 && status.startTicks == 1_000)
        #expect(status.virtualByteCount == 104_857_600 && status.residentPageCount == 2_560)
    }

    @Test(arguments: ["", "4242 (x", "4242 (x) S 1 2", "4242 (x) " + String(repeating: "z ", count: 30)])
    func aLineThatIsNotAsItShouldBeIsRefused(_ line: String) {
        #expect(ProcessStatus(line) == nil)
    }

    @Test func figuresAreInSecondsAndBytes() throws {
        let families = ProcessMetrics.families(
            try #require(ProcessStatus(Self.line)),
            bootSeconds: ProcessStatus.bootSeconds("cpu 1 2\nbtime 1767625200\nprocesses 9\n"),
            openFileCount: 12,
            ticksPerSecond: 100,
            pageByteCount: 4_096
        )

        let values = Dictionary(uniqueKeysWithValues: families.map { ($0.name, $0.samples[0].value) })
        #expect(
            values == [
                "process_cpu_seconds_total": 3, "process_resident_memory_bytes": 10_485_760,
                "process_virtual_memory_bytes": 104_857_600, "process_threads": 7, "process_open_fds": 12,
                "process_start_time_seconds": 1_767_625_210,
            ]
        )
    }

    #if os(Linux)
    @Test func thisProcessHasFigures() {
        let names = Set(ProcessMetrics.families().map(\.name))
        #expect(names.count == 6 && names.contains("process_start_time_seconds"))
    }
    #endif
}
