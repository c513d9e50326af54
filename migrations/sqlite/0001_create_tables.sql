-- The tables of the market store. Times are nanoseconds since the Unix epoch, UTC; days are days since 1970-01-01.

-- One row a period with trades, provider by provider. Whether a bar is final follows from series.coverage.
CREATE TABLE bars_cache (
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL NOT NULL CHECK (volume >= 0),
    provider TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (symbol, timeframe, timestamp, provider),
    CHECK (high >= low)
) STRICT, WITHOUT ROWID;

-- Best bid and ask at an instant; a side without an order is NULL. Samples of a series and newest quotes alike.
CREATE TABLE quotes_cache (
    symbol TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    bid_price REAL,
    ask_price REAL,
    bid_size REAL CHECK (bid_size >= 0),
    ask_size REAL CHECK (ask_size >= 0),
    provider TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (symbol, timestamp, provider)
) STRICT, WITHOUT ROWID;

-- Trades; ordinal tells apart those of one instant and sequence number.
CREATE TABLE trades (
    symbol TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    provider TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    price REAL NOT NULL,
    size REAL NOT NULL CHECK (size >= 0),
    side TEXT NOT NULL CHECK (side IN ('buy', 'sell', 'none')),
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (symbol, timestamp, provider, sequence, ordinal)
) STRICT, WITHOUT ROWID;

-- When a symbol's newest quote and trade were last asked for, whether or not there were any.
CREATE TABLE latest_fetches (
    symbol TEXT NOT NULL,
    provider TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (symbol, provider)
) STRICT, WITHOUT ROWID;

-- One row a series; version rises by one with each commit that readers can see.
-- AUTOINCREMENT, here and below: an id that was once given is never given again.
CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bars', 'quotes')),
    version INTEGER NOT NULL CHECK (version >= 0),
    coverage BLOB NOT NULL,
    UNIQUE (provider, symbol, timeframe, kind)
) STRICT;

-- When the provider was last asked which days of a series it has published again.
CREATE TABLE changed_day_checks (
    series_id INTEGER PRIMARY KEY REFERENCES series (id) ON DELETE CASCADE,
    checked_at INTEGER NOT NULL
) STRICT;

-- The ledger: one row an upstream request, written before the request is made.
CREATE TABLE purchases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('bars', 'quotes', 'latest')),
    range_start INTEGER,
    range_end INTEGER,
    client TEXT NOT NULL,
    request_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'done', 'failed')),
    records INTEGER NOT NULL CHECK (records >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    cost_usd REAL CHECK (cost_usd >= 0),
    requests INTEGER NOT NULL CHECK (requests >= 0),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    duration_ns INTEGER CHECK (duration_ns >= 0),
    error TEXT
) STRICT;
CREATE INDEX purchases_by_start ON purchases (started_at, id);

-- Which instrument a symbol stood for on the days start_day to before end_day; no two rows of a symbol overlap.
CREATE TABLE symbol_mappings (
    provider TEXT NOT NULL,
    symbol TEXT NOT NULL,
    start_day INTEGER NOT NULL,
    end_day INTEGER NOT NULL,
    instrument_id INTEGER NOT NULL CHECK (instrument_id >= 0),
    PRIMARY KEY (provider, symbol, start_day),
    CHECK (start_day < end_day)
) STRICT, WITHOUT ROWID;

-- For people who read with SQL: times as text, to the second.
CREATE VIEW bars_readable AS
SELECT
    provider, symbol, timeframe,
    strftime('%Y-%m-%d %H:%M:%SZ', timestamp / 1000000000, 'unixepoch') AS time,
    open, high, low, close, volume, revision,
    strftime('%Y-%m-%d %H:%M:%SZ', fetched_at / 1000000000, 'unixepoch') AS fetched
FROM bars_cache;

CREATE VIEW quotes_readable AS
SELECT
    provider, symbol,
    strftime('%Y-%m-%d %H:%M:%SZ', timestamp / 1000000000, 'unixepoch') AS time,
    bid_price, ask_price, bid_size, ask_size,
    strftime('%Y-%m-%d %H:%M:%SZ', fetched_at / 1000000000, 'unixepoch') AS fetched
FROM quotes_cache;

CREATE VIEW trades_readable AS
SELECT
    provider, symbol,
    strftime('%Y-%m-%d %H:%M:%SZ', timestamp / 1000000000, 'unixepoch') AS time,
    price, size, side, sequence, ordinal,
    strftime('%Y-%m-%d %H:%M:%SZ', fetched_at / 1000000000, 'unixepoch') AS fetched
FROM trades;

CREATE VIEW purchases_readable AS
SELECT
    id, provider, symbol, timeframe, kind,
    strftime('%Y-%m-%d %H:%M:%SZ', range_start / 1000000000, 'unixepoch') AS range_from,
    strftime('%Y-%m-%d %H:%M:%SZ', range_end / 1000000000, 'unixepoch') AS range_to,
    client, request_id, state, records, bytes, cost_usd, requests,
    strftime('%Y-%m-%d %H:%M:%SZ', started_at / 1000000000, 'unixepoch') AS started,
    strftime('%Y-%m-%d %H:%M:%SZ', finished_at / 1000000000, 'unixepoch') AS finished,
    duration_ns / 1e9 AS duration_seconds, error
FROM purchases;

CREATE VIEW symbol_mappings_readable AS
SELECT
    provider, symbol,
    date(start_day * 86400, 'unixepoch') AS first_day,
    date((end_day - 1) * 86400, 'unixepoch') AS last_day,
    instrument_id
FROM symbol_mappings;
