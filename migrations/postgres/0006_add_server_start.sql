-- One row: the last start of the server that a claim of a lease has met, and when it met it; for longer than that nobody
-- can have renewed a lease. Both in nanoseconds since the epoch.
CREATE TABLE server_start (
    only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    started_at BIGINT NOT NULL,
    first_met_at BIGINT NOT NULL
);
