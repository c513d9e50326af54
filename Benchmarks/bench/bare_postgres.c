/* The least that a program does to read bars from Postgres: prepared statements, binary results, a struct a row.

   `rows` runs the statement for the rows alone, `whole` all three statements of a read over one snapshot, in one round trip.

   usage: bare_postgres ADDRESS SYMBOLS BARS COUNT READS rows|whole */
#include "bare.h"
#include <endian.h>
#include <libpq-fe.h>

static const char *NOW_AND_SERIES = HEAD_SQL("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000");

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

static void prepare(PGconn *connection, const char *name, const char *sql, int count, const Oid *types) {
    PGresult *prepared = PQprepare(connection, name, sql, count, types);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) fail(connection);
    PQclear(prepared);
}

static void send(PGconn *connection, const char *name, int count, const char *const *values, const int *lengths) {
    static const int formats[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (!PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)) fail(connection);
}

static void send_control(PGconn *connection, const char *sql) {
    if (!PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 1)) fail(connection);
}

/* The next command's result. */
static PGresult *receive(PGconn *connection, ExecStatusType wanted) {
    PGresult *result = PQgetResult(connection);
    if (PQresultStatus(result) != wanted) fail(connection);
    if (wanted != PGRES_PIPELINE_SYNC) PQgetResult(connection);
    return result;
}

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    int64_t symbols = atoll(argv[2]), bars = atoll(argv[3]), count = atoll(argv[4]);
    int reads = atoi(argv[5]), is_whole = strcmp(argv[6], "whole") == 0;
    PGconn *connection = PQconnectdb(argv[1]);
    if (PQstatus(connection) != CONNECTION_OK) fail(connection);
    Oid types[] = {25, 25, 25, 20, 20}, head_types[] = {25, 25, 25, 25};
    Oid block_types[] = {25, 25, 25, 25, 20, 20, 20, 20, 20};
    prepare(connection, "rows", ROWS_SQL, 5, types);
    prepare(connection, "head", NOW_AND_SERIES, 4, head_types);
    int block_parameters = count <= COUNTED_ROWS_MAX ? 9 : 6;
    const char *blocks_sql = count <= COUNTED_ROWS_MAX ? BLOCKS_SQL(NEW_ENOUGH) : BLOCKS_SQL("");
    prepare(connection, "blocks", blocks_sql, block_parameters, block_types);
    if (!PQenterPipelineMode(connection)) fail(connection);
    double *times = malloc(sizeof(double) * (size_t)reads);
    struct bar *found = malloc(sizeof(struct bar) * (size_t)count);
    double checksum = 0;
    for (int read = 0; read < reads + WARM_UPS; read++) {
        char symbol[32];
        snprintf(symbol, sizeof symbol, "B%ld", (long)place_below(symbols));
        int64_t end = count + place_below(bars - count + 1);
        double start = now_microseconds();
        uint64_t before = htobe64((uint64_t)(START + end * MINUTE)), limit = htobe64((uint64_t)count);
        int length = (int)strlen(symbol);
        const char *values[] = {symbol, "1m", "simulated", (char *)&before, (char *)&limit};
        const char *head_values[] = {"simulated", symbol, "1m", "bars"};
        uint64_t stretch = htobe64((uint64_t)DAY), offset = htobe64((uint64_t)count - 1), least = htobe64(1ULL << 63);
        const char *block_values[] = {"simulated", symbol, "1m", "bars", (char *)&before, (char *)&limit,
            (char *)&stretch, (char *)&offset, (char *)&least};
        int block_lengths[] = {9, length, 2, 4, 8, 8, 8, 8, 8};
        int lengths[] = {length, 2, 9, 8, 8}, head_lengths[] = {9, length, 2, 4};
        if (is_whole) {
            send_control(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            send_control(connection, "SET LOCAL plan_cache_mode = force_generic_plan");
            send_control(connection, "SET LOCAL enable_seqscan = off");
            send(connection, "head", 4, head_values, head_lengths);
        }
        send(connection, "rows", 5, values, lengths);
        if (is_whole) {
            send(connection, "blocks", block_parameters, block_values, block_lengths);
            send_control(connection, "COMMIT");
        }
        if (!PQpipelineSync(connection)) fail(connection);
        if (is_whole) {
            for (int control = 0; control < 3; control++) PQclear(receive(connection, PGRES_COMMAND_OK));
            PGresult *head = receive(connection, PGRES_TUPLES_OK);
            checksum += (double)integer(head, 0, 1);
            PQclear(head);
        }
        PGresult *result = receive(connection, PGRES_TUPLES_OK);
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
        if (is_whole) {
            PGresult *blocks = receive(connection, PGRES_TUPLES_OK);
            if (PQntuples(blocks) > 0) return 1;
            PQclear(blocks);
            PQclear(receive(connection, PGRES_COMMAND_OK));
        }
        PQclear(receive(connection, PGRES_PIPELINE_SYNC));
        if (read >= WARM_UPS) times[read - WARM_UPS] = now_microseconds() - start;
        checksum += found[0].close;
    }
    report(times, reads);
    PQfinish(connection);
    return checksum > 0 ? 0 : 1;
}
