-- For the same statements as on Postgres; a file has no server, so the table stays empty.
CREATE TABLE server_start (
    only_row INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    started_at INTEGER NOT NULL,
    first_met_at INTEGER NOT NULL
);
