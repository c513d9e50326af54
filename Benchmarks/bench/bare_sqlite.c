/* The least that a program does to read bars from SQLite: prepared statements, a struct a row.

   `rows` runs the statement for the rows alone, `whole` all three statements of a read over one snapshot.

   usage: bare_sqlite FILE SYMBOLS BARS COUNT READS rows|whole */
#include "bare.h"
#include <sqlite3.h>

static const char *NOW_AND_SERIES = HEAD_SQL(
    "(CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)) * 1000000"
);

static sqlite3_stmt *prepare(sqlite3 *connection, const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(connection));
        exit(1);
    }
    return statement;
}

static void control(sqlite3_stmt *statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) exit(1);
    sqlite3_reset(statement);
}

static void text(sqlite3_stmt *statement, int position, const char *value) {
    sqlite3_bind_text(statement, position, value, -1, SQLITE_TRANSIENT);
}

/* The series' version. */
static int64_t read_head(sqlite3_stmt *head, const char *symbol) {
    text(head, 1, "simulated");
    text(head, 2, symbol);
    text(head, 3, "1m");
    text(head, 4, "bars");
    if (sqlite3_step(head) != SQLITE_ROW) exit(1);
    int64_t version = sqlite3_column_int64(head, 1);
    sqlite3_reset(head);
    return version;
}

/* Runs the statement for blocks, of which there are none. */
static void read_blocks(sqlite3_stmt *blocks, const char *symbol, int64_t end, int64_t count) {
    text(blocks, 1, "simulated");
    text(blocks, 2, symbol);
    text(blocks, 3, "1m");
    text(blocks, 4, "bars");
    sqlite3_bind_int64(blocks, 5, end);
    sqlite3_bind_int64(blocks, 6, count);
    if (count <= COUNTED_ROWS_MAX) {
        sqlite3_bind_int64(blocks, 7, DAY);
        sqlite3_bind_int64(blocks, 8, count - 1);
        sqlite3_bind_int64(blocks, 9, INT64_MIN);
    }
    if (sqlite3_step(blocks) != SQLITE_DONE) exit(1);
    sqlite3_reset(blocks);
}

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    int64_t symbols = atoll(argv[2]), bars = atoll(argv[3]), count = atoll(argv[4]);
    int reads = atoi(argv[5]), is_whole = strcmp(argv[6], "whole") == 0;
    sqlite3 *connection;
    if (sqlite3_open_v2(argv[1], &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) return 1;
    sqlite3_stmt *statement = prepare(connection, ROWS_SQL), *head = prepare(connection, NOW_AND_SERIES);
    sqlite3_stmt *blocks = prepare(
        connection, count <= COUNTED_ROWS_MAX ? BLOCKS_SQL(NEW_ENOUGH) : BLOCKS_SQL("")
    );
    sqlite3_stmt *begin = prepare(connection, "BEGIN"), *commit = prepare(connection, "COMMIT");
    double *times = malloc(sizeof(double) * (size_t)reads);
    struct bar *found = malloc(sizeof(struct bar) * (size_t)count);
    double checksum = 0;
    for (int read = 0; read < reads + WARM_UPS; read++) {
        char symbol[32];
        snprintf(symbol, sizeof symbol, "B%ld", (long)place_below(symbols));
        int64_t end = count + place_below(bars - count + 1);
        double start = now_microseconds();
        if (is_whole) {
            control(begin);
            checksum += (double)read_head(head, symbol);
        }
        text(statement, 1, symbol);
        text(statement, 2, "1m");
        text(statement, 3, "simulated");
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
        if (is_whole) {
            read_blocks(blocks, symbol, START + end * MINUTE, count);
            control(commit);
        }
        if (rows != count) return 1;
        if (read >= WARM_UPS) times[read - WARM_UPS] = now_microseconds() - start;
        checksum += found[0].close;
    }
    report(times, reads);
    sqlite3_stmt *all[] = {statement, head, blocks, begin, commit};
    for (int index = 0; index < 5; index++) sqlite3_finalize(all[index]);
    sqlite3_close(connection);
    return checksum > 0 ? 0 : 1;
}
