-- The tables of the market store. Times are nanoseconds since the Unix epoch, UTC; days are days since 1970-01-01.
-- Keys collate by bytes ("C"), so that order and equality are those of SQLite and of the program.

-- One row a period with trades, provider by provider. Whether a bar is final follows from series.coverage.
CREATE TABLE bars_cache (
    symbol TEXT COLLATE "C" NOT NULL,
    timeframe TEXT COLLATE "C" NOT NULL,
    timestamp BIGINT NOT NULL,
    open DOUBLE PRECISION NOT NULL,
    high DOUBLE PRECISION NOT NULL,
    low DOUBLE PRECISION NOT NULL,
    close DOUBLE PRECISION NOT NULL,
    volume DOUBLE PRECISION NOT NULL CHECK (volume >= 0),
    provider TEXT COLLATE "C" NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (symbol, timeframe, timestamp, provider),
    CHECK (high >= low)
);

-- Best bid and ask at an instant; a side without an order is NULL. Samples of a series and newest quotes alike.
CREATE TABLE quotes_cache (
    symbol TEXT COLLATE "C" NOT NULL,
    timestamp BIGINT NOT NULL,
    bid_price DOUBLE PRECISION,
    ask_price DOUBLE PRECISION,
    bid_size DOUBLE PRECISION CHECK (bid_size >= 0),
    ask_size DOUBLE PRECISION CHECK (ask_size >= 0),
    provider TEXT COLLATE "C" NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (symbol, timestamp, provider)
);

-- Trades; ordinal tells apart those of one instant and sequence number.
CREATE TABLE trades (
    symbol TEXT COLLATE "C" NOT NULL,
    timestamp BIGINT NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    price DOUBLE PRECISION NOT NULL,
    size DOUBLE PRECISION NOT NULL CHECK (size >= 0),
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('buy', 'sell', 'none')),
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (symbol, timestamp, provider, sequence, ordinal)
);

-- When a symbol's newest quote and trade were last asked for, whether or not there were any.
CREATE TABLE latest_fetches (
    symbol TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (symbol, provider)
);

-- One row a series. Its lock orders the writers; version rises by one with each commit that readers can see.
CREATE TABLE series (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider TEXT COLLATE "C" NOT NULL,
    symbol TEXT COLLATE "C" NOT NULL,
    timeframe TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('bars', 'quotes')),
    version BIGINT NOT NULL CHECK (version >= 0),
    coverage BYTEA NOT NULL,
    UNIQUE (provider, symbol, timeframe, kind)
);

-- When the provider was last asked which days of a series it has published again.
CREATE TABLE changed_day_checks (
    series_id BIGINT PRIMARY KEY REFERENCES series (id) ON DELETE CASCADE,
    checked_at BIGINT NOT NULL
);

-- The ledger: one row an upstream request, written before the request is made.
CREATE TABLE purchases (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider TEXT COLLATE "C" NOT NULL,
    symbol TEXT COLLATE "C" NOT NULL,
    timeframe TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('bars', 'quotes', 'latest')),
    range_start BIGINT,
    range_end BIGINT,
    client TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('started', 'done', 'failed')),
    records BIGINT NOT NULL CHECK (records >= 0),
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    cost_usd DOUBLE PRECISION CHECK (cost_usd >= 0),
    requests BIGINT NOT NULL CHECK (requests >= 0),
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    duration_ns BIGINT CHECK (duration_ns >= 0),
    error TEXT
);
CREATE INDEX purchases_by_start ON purchases (started_at, id);

-- Which instrument a symbol stood for on the days start_day to before end_day; no two rows of a symbol overlap.
CREATE TABLE symbol_mappings (
    provider TEXT COLLATE "C" NOT NULL,
    symbol TEXT COLLATE "C" NOT NULL,
    start_day INTEGER NOT NULL,
    end_day INTEGER NOT NULL,
    instrument_id BIGINT NOT NULL CHECK (instrument_id >= 0),
    PRIMARY KEY (provider, symbol, start_day),
    CHECK (start_day < end_day)
);

-- For people who read with SQL: times to the microsecond.
CREATE VIEW bars_readable AS
SELECT
    provider, symbol, timeframe,
    TIMESTAMPTZ 'epoch' + timestamp / 1000 * INTERVAL '1 microsecond' AS time,
    open, high, low, close, volume, revision,
    TIMESTAMPTZ 'epoch' + fetched_at / 1000 * INTERVAL '1 microsecond' AS fetched
FROM bars_cache;

CREATE VIEW quotes_readable AS
SELECT
    provider, symbol,
    TIMESTAMPTZ 'epoch' + timestamp / 1000 * INTERVAL '1 microsecond' AS time,
    bid_price, ask_price, bid_size, ask_size,
    TIMESTAMPTZ 'epoch' + fetched_at / 1000 * INTERVAL '1 microsecond' AS fetched
FROM quotes_cache;

CREATE VIEW trades_readable AS
SELECT
    provider, symbol,
    TIMESTAMPTZ 'epoch' + timestamp / 1000 * INTERVAL '1 microsecond' AS time,
    price, size, side, sequence, ordinal,
    TIMESTAMPTZ 'epoch' + fetched_at / 1000 * INTERVAL '1 microsecond' AS fetched
FROM trades;

CREATE VIEW purchases_readable AS
SELECT
    id, provider, symbol, timeframe, kind,
    TIMESTAMPTZ 'epoch' + range_start / 1000 * INTERVAL '1 microsecond' AS range_from,
    TIMESTAMPTZ 'epoch' + range_end / 1000 * INTERVAL '1 microsecond' AS range_to,
    client, request_id, state, records, bytes, cost_usd, requests,
    TIMESTAMPTZ 'epoch' + started_at / 1000 * INTERVAL '1 microsecond' AS started,
    TIMESTAMPTZ 'epoch' + finished_at / 1000 * INTERVAL '1 microsecond' AS finished,
    duration_ns / 1e9 AS duration_seconds, error
FROM purchases;

CREATE VIEW symbol_mappings_readable AS
SELECT
    provider, symbol,
    DATE 'epoch' + start_day AS first_day,
    DATE 'epoch' + end_day - 1 AS last_day,
    instrument_id
FROM symbol_mappings;
