/* The least that a program does to read bars from SQLite: one prepared statement, a struct a row.

   usage: bare_sqlite FILE SYMBOLS BARS COUNT READS */
#include "bare.h"
#include <sqlite3.h>

static const char *SQL =
    "SELECT timestamp, open, high, low, close, volume, revision FROM bars_cache "
    "WHERE symbol = $1 AND timeframe = $2 AND provider = $3 AND timestamp < $4 ORDER BY timestamp DESC LIMIT $5";

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int64_t symbols = atoll(argv[2]), bars = atoll(argv[3]), count = atoll(argv[4]);
    int reads = atoi(argv[5]);
    sqlite3 *connection;
    sqlite3_stmt *statement;
    if (sqlite3_open_v2(argv[1], &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_prepare_v3(connection, SQL, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(connection));
        return 1;
    }
    double *times = malloc(sizeof(double) * (size_t)reads);
    struct bar *found = malloc(sizeof(struct bar) * (size_t)count);
    double checksum = 0;
    for (int read = 0; read < reads + WARM_UPS; read++) {
        char symbol[32];
        snprintf(symbol, sizeof symbol, "B%ld", (long)place_below(symbols));
        int64_t end = count + place_below(bars - count + 1);
        double start = now_microseconds();
        sqlite3_bind_text(statement, 1, symbol, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 2, "1m", -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, "simulated", -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 4, START + end * MINUTE);
        sqlite3_bind_int64(statement, 5, count);
        int64_t rows = 0;
        while (sqlite3_step(statement) == SQLITE_ROW && rows < count) {
            struct bar *bar = &found[count - 1 - rows++];
            bar->timestamp = sqlite3_column_int64(statement, 0);
            bar->open = sqlite3_column_double(statement, 1);
            bar->high = sqlite3_column_double(statement, 2);
            bar->low = sqlite3_column_double(statement, 3);
            bar->close = sqlite3_column_double(statement, 4);
            bar->volume = sqlite3_column_double(statement, 5);
            bar->revision = sqlite3_column_int64(statement, 6);
        }
        sqlite3_reset(statement);
        if (rows != count) return 1;
        if (read >= WARM_UPS) times[read - WARM_UPS] = now_microseconds() - start;
        checksum += found[0].close;
    }
    report(times, reads);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return checksum > 0 ? 0 : 1;
}
