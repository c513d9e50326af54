/* The least that a program does to read bars from Postgres: one prepared statement, binary results, a struct a row.

   usage: bare_postgres ADDRESS SYMBOLS BARS COUNT READS */
#include "bare.h"
#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

static const char *SQL =
    "SELECT timestamp, open, high, low, close, volume, revision FROM bars_cache "
    "WHERE symbol = $1 AND timeframe = $2 AND provider = $3 AND timestamp < $4 ORDER BY timestamp DESC LIMIT $5";

static int64_t integer(PGresult *result, int row, int column) {
    uint64_t value;
    memcpy(&value, PQgetvalue(result, row, column), 8);
    return (int64_t)be64toh(value);
}

static double real(PGresult *result, int row, int column) {
    int64_t bits = integer(result, row, column);
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static void fail(PGconn *connection) {
    fprintf(stderr, "%s", PQerrorMessage(connection));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int64_t symbols = atoll(argv[2]), bars = atoll(argv[3]), count = atoll(argv[4]);
    int reads = atoi(argv[5]);
    PGconn *connection = PQconnectdb(argv[1]);
    if (PQstatus(connection) != CONNECTION_OK) fail(connection);
    Oid types[] = {25, 25, 25, 20, 20};
    PGresult *prepared = PQprepare(connection, "read", SQL, 5, types);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) fail(connection);
    PQclear(prepared);
    double *times = malloc(sizeof(double) * (size_t)reads);
    struct bar *found = malloc(sizeof(struct bar) * (size_t)count);
    double checksum = 0;
    for (int read = 0; read < reads + WARM_UPS; read++) {
        char symbol[32];
        snprintf(symbol, sizeof symbol, "B%ld", (long)place_below(symbols));
        int64_t end = count + place_below(bars - count + 1);
        double start = now_microseconds();
        uint64_t before = htobe64((uint64_t)(START + end * MINUTE)), limit = htobe64((uint64_t)count);
        const char *values[] = {symbol, "1m", "simulated", (char *)&before, (char *)&limit};
        int lengths[] = {(int)strlen(symbol), 2, 9, 8, 8}, formats[] = {1, 1, 1, 1, 1};
        PGresult *result = PQexecPrepared(connection, "read", 5, values, lengths, formats, 1);
        if (PQresultStatus(result) != PGRES_TUPLES_OK) fail(connection);
        int rows = PQntuples(result);
        if (rows != count) return 1;
        for (int row = 0; row < rows; row++) {
            struct bar *bar = &found[rows - 1 - row];
            uint32_t revision;
            bar->timestamp = integer(result, row, 0);
            bar->open = real(result, row, 1);
            bar->high = real(result, row, 2);
            bar->low = real(result, row, 3);
            bar->close = real(result, row, 4);
            bar->volume = real(result, row, 5);
            memcpy(&revision, PQgetvalue(result, row, 6), 4);
            bar->revision = be32toh(revision);
        }
        PQclear(result);
        if (read >= WARM_UPS) times[read - WARM_UPS] = now_microseconds() - start;
        checksum += found[0].close;
    }
    report(times, reads);
    PQfinish(connection);
    return checksum > 0 ? 0 : 1;
}
