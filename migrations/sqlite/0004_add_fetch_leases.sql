-- Who may buy what: one row for a range that a worker buys, until it is stored, given back or expired. A row with an
-- error is a purchase that failed; until it expires nobody tries the range, or for kind 'provider' the provider, again.
CREATE TABLE fetch_leases (
    token TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    provider TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bars', 'quotes', 'latest', 'provider', 'task')),
    range_start INTEGER NOT NULL,
    range_end INTEGER NOT NULL,
    length_ns INTEGER NOT NULL CHECK (length_ns >= 0),
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    error_code TEXT,
    error_message TEXT,
    CHECK (range_start < range_end)
) STRICT, WITHOUT ROWID;
CREATE INDEX fetch_leases_by_key ON fetch_leases (provider, symbol, kind, timeframe);
