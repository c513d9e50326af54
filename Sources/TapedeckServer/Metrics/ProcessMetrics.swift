import Foundation

/// The process as the kernel sees it, under the names that Prometheus' client libraries use.
enum ProcessMetrics {
    /// The kernel's own figures; nothing where there is no `/proc` to read them from.
    static func families() -> [MetricFamily] {
        let statusText = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)
        guard let status = statusText.flatMap(ProcessStatus.init) else { return [] }
        let bootText = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
        let openFiles = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return self.families(
            status,
            bootSeconds: ProcessStatus.bootSeconds(bootText),
            // One of them was opened to count them.
            openFileCount: openFiles.map { max(0, $0 - 1) },
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageByteCount: Int(sysconf(Int32(_SC_PAGESIZE)))
        )
    }

    static func families(
        _ status: ProcessStatus,
        bootSeconds: Double?,
        openFileCount: Int?,
        ticksPerSecond: Double,
        pageByteCount: Int
    ) -> [MetricFamily] {
        var families: [MetricFamily] = [
            .counter(
                "process_cpu_seconds_total",
                "Processor time used, by all threads.",
                Double(status.processorTicks) / ticksPerSecond
            ),
            .gauge(
                "process_resident_memory_bytes",
                "Memory that the process holds.",
                status.residentPageCount * pageByteCount
            ),
            .gauge("process_virtual_memory_bytes", "Addresses that the process has mapped.", status.virtualByteCount),
            .gauge("process_threads", "Threads of the process.", status.threadCount),
        ]
        if let openFileCount {
            families.append(.gauge("process_open_fds", "Open files and sockets.", openFileCount))
        }
        if let bootSeconds {
            families.append(
                .gauge(
                    "process_start_time_seconds",
                    "When the process began, in seconds since 1970.",
                    bootSeconds + Double(status.startTicks) / ticksPerSecond
                )
            )
        }
        return families
    }
}
