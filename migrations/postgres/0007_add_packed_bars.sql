-- Final bars in compressed blocks. A row holds the bars of one stretch of a series (an hour of 1s, a day of 1m, weeks of
-- the coarser), from range_start on; all bars of a stretch are either here or in bars_cache. Only Tapedeck reads the
-- blocks: see docs/storage.md.
CREATE TABLE bars_packed (
    series_id BIGINT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    range_start BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    bar_count INTEGER NOT NULL CHECK (bar_count BETWEEN 1 AND 131072),
    bars BYTEA NOT NULL,
    PRIMARY KEY (series_id, range_start),
    CHECK (range_start <= first_at AND first_at <= last_at)
);
-- They are compressed already.
ALTER TABLE bars_packed ALTER COLUMN bars SET STORAGE EXTERNAL;

-- No block of the series ends behind it, NULL without blocks: writers look for blocks before it only.
ALTER TABLE series ADD COLUMN packed_end BIGINT;

-- For people who read with SQL: what is packed, not the bars themselves.
CREATE VIEW bars_packed_readable AS
SELECT
    provider, symbol, timeframe,
    TIMESTAMPTZ 'epoch' + first_at / 1000 * INTERVAL '1 microsecond' AS first_bar,
    TIMESTAMPTZ 'epoch' + last_at / 1000 * INTERVAL '1 microsecond' AS last_bar,
    bar_count AS bars, length(bars_packed.bars) AS bytes
FROM bars_packed JOIN series ON series.id = bars_packed.series_id;
