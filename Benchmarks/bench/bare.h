/* What the bare loops share: where to read, and percentiles. */
#include "times.h"

static const int64_t START = 1577836800000000000LL, MINUTE = 60000000000LL;

/* The statement for the rows, as Tapedeck prepares it. */
#define ROWS_SQL \
    "SELECT timestamp, open, high, low, close, volume, revision FROM bars_cache " \
    "WHERE symbol = $1 AND timeframe = $2 AND provider = $3 AND timestamp < $4 ORDER BY timestamp DESC LIMIT $5"
/* The statement before it, for what is known of the series, around an expression for the clock. */
#define HEAD_SQL(NOW) \
    "SELECT " NOW ", series.version, series.coverage, changed_day_checks.checked_at, series.id " \
    "FROM (SELECT 1 AS one) AS always " \
    "LEFT JOIN series ON provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4 " \
    "LEFT JOIN changed_day_checks ON changed_day_checks.series_id = series.id"

/* The statement behind it, for the blocks in which some of the bars may be; here there are none. Where few bars are asked
   for, blocks older than so many rows are left out. */
#define BLOCKS_SQL(NEW_ENOUGH) \
    "SELECT range_start, bar_count, bars FROM (" \
    "SELECT range_start, bar_count, bars, sum(bar_count) OVER (ORDER BY range_start DESC) - bar_count " \
    "- first_value(bar_count) OVER (ORDER BY range_start DESC) AS before FROM (" \
    "SELECT range_start, bar_count, bars FROM bars_packed WHERE series_id = (" \
    "SELECT id FROM series WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4) " \
    "AND range_start < $5 " NEW_ENOUGH " ORDER BY range_start DESC LIMIT $6 + 1" \
    ") AS nearest) AS counted WHERE before < $6 ORDER BY range_start DESC"
#define NEW_ENOUGH \
    "AND range_start > coalesce((SELECT timestamp - $7 FROM bars_cache " \
    "WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND timestamp < $5 " \
    "ORDER BY timestamp DESC LIMIT 1 OFFSET $8), $9)"
static const int64_t COUNTED_ROWS_MAX = 200;
static const int64_t DAY = 86400000000000LL;

/* The same places as in Benchmarks/Program/StoreRead.swift. */
static uint64_t place_state = 1;

static int64_t place_below(int64_t limit) {
    place_state = place_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int64_t)((place_state >> 33) % (uint64_t)limit);
}

static void report(double *times, int count) {
    qsort(times, (size_t)count, sizeof(double), compare);
    printf("{\"microsecondsP50\": %f, \"microsecondsP99\": %f}\n", times[count / 2], times[count * 99 / 100]);
}

struct bar {
    int64_t timestamp;
    double open, high, low, close, volume;
    int64_t revision;
};
