-- Who may buy what: one row for a range that a worker buys, until it is stored, given back or expired. A row with an
-- error is a purchase that failed; until it expires nobody tries the range, or for kind 'provider' the provider, again.
CREATE TABLE fetch_leases (
    token TEXT COLLATE "C" PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    symbol TEXT COLLATE "C" NOT NULL,
    timeframe TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('bars', 'quotes', 'latest', 'provider', 'task')),
    range_start BIGINT NOT NULL,
    range_end BIGINT NOT NULL,
    length_ns BIGINT NOT NULL CHECK (length_ns >= 0),
    expires_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    error_code TEXT COLLATE "C",
    error_message TEXT COLLATE "C",
    CHECK (range_start < range_end)
);
CREATE INDEX fetch_leases_by_key ON fetch_leases (provider, symbol, kind, timeframe);
