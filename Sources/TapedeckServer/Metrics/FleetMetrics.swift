import Tapedeck

/// What a worker hears of the others, for the metrics.
enum FleetMetrics {
    /// All families.
    static func families(_ fleet: FleetFigures) -> [MetricFamily] {
        [
            .gauge("tapedeck_fleet_listening", "1 while notices of the others are heard.", fleet.isListening ? 1 : 0),
            .gauge("tapedeck_fleet_peers", "Other workers heard of lately.", fleet.peers),
            .gauge(
                "tapedeck_fleet_alone",
                "1 while no other worker is there, as far as can be known.",
                fleet.isAlone ? 1 : 0
            ),
            .gauge("tapedeck_fleet_leases", "Leases that this worker holds.", fleet.leases),
            .gauge("tapedeck_fleet_waiting", "Fetches that wait for what others are buying.", fleet.waiting),
            .counter(
                "tapedeck_fleet_refusals_total",
                "Pieces of purchases that were refused because their lease was gone.",
                fleet.refusals
            ),
            .counter("tapedeck_fleet_messages_sent_total", "Messages sent to the others.", fleet.sent),
            .counter("tapedeck_fleet_messages_heard_total", "Messages of the others heard.", fleet.heard),
            .counter(
                "tapedeck_fleet_messages_missed_total",
                "Times that a message before one that was heard is missing.",
                fleet.missed
            ),
            .counter("tapedeck_fleet_send_failures_total", "Attempts to send that failed.", fleet.sendFailures),
            .counter(
                "tapedeck_fleet_connection_losses_total",
                "Times that the connection for notices was lost.",
                fleet.losses
            ),
            .counter(
                "tapedeck_fleet_unreadable_notices_total",
                "Notices that are no messages of the fleet.",
                fleet.unreadable
            ),
            .counter(
                "tapedeck_fleet_comparisons_total",
                "Comparisons of memory with the database.",
                fleet.compares
            ),
            .counter("tapedeck_fleet_series_reloaded_total", "Series found changed by them.", fleet.reloads),
            .counter(
                "tapedeck_fleet_ranges_warmed_total",
                "Ranges that others stored and that were brought into memory.",
                fleet.warmed
            ),
            .counter("tapedeck_fleet_bars_warmed_total", "Bars in them.", fleet.barsWarmed),
            .counter(
                "tapedeck_fleet_ranges_unwarmed_total",
                "Ranges that were not, because too many waited.",
                fleet.unwarmed
            ),
            .counter("tapedeck_fleet_failures_total", "Looks at the database that failed.", fleet.failures),
        ]
    }
}
