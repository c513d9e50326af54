/* The least that two programs do to reach each other by notices: one sends, the other answers each notice with one.

   Both are processes of their own with one connection each, on which they listen and send, without a flush to the disk.
   INTERVAL is the time from one question to the next in microseconds, 0 for one right after the other. Prints the time
   there and back, and the time of the way there alone.

   usage: bare_notify ADDRESS COUNT INTERVAL */
#include "times.h"
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(PGconn *connection) {
    fprintf(stderr, "%s", PQerrorMessage(connection));
    exit(1);
}

static void run(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) fail(connection);
    PQclear(result);
}

static PGconn *listening(const char *address, const char *channel) {
    PGconn *connection = PQconnectdb(address);
    if (PQstatus(connection) != CONNECTION_OK) fail(connection);
    char sql[64];
    snprintf(sql, sizeof sql, "LISTEN %s", channel);
    run(connection, "SET synchronous_commit = off");
    run(connection, sql);
    return connection;
}

/* Waits for the next notice, and answers the number that it carries. */
static double heard(PGconn *connection) {
    for (;;) {
        PGnotify *notice = PQnotifies(connection);
        if (notice) {
            double number = atof(notice->extra);
            PQfreemem(notice);
            return number;
        }
        struct pollfd waited = {.fd = PQsocket(connection), .events = POLLIN};
        poll(&waited, 1, -1);
        if (!PQconsumeInput(connection)) fail(connection);
    }
}

static void say(PGconn *connection, const char *channel, double number) {
    char sql[64];
    snprintf(sql, sizeof sql, "NOTIFY %s, '%.3f'", channel, number);
    run(connection, sql);
}

static void print(const char *name, double *times, int count, const char *end) {
    qsort(times, (size_t)count, sizeof(double), compare);
    printf("\"%sP50\": %f, \"%sP99\": %f%s", name, times[count / 2], name, times[count * 99 / 100], end);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int count = atoi(argv[2]);
    double interval = atof(argv[3]);
    int ready[2];
    if (pipe(ready)) return 1;
    pid_t other = fork();
    if (other == 0) {
        PGconn *connection = listening(argv[1], "bare_there");
        if (write(ready[1], "", 1) != 1) return 1;
        for (;;) {
            heard(connection);
            say(connection, "bare_back", now_microseconds());
        }
    }
    PGconn *connection = listening(argv[1], "bare_back");
    char byte;
    if (read(ready[0], &byte, 1) != 1) return 1;
    double *both = malloc(sizeof(double) * (size_t)count), *there = malloc(sizeof(double) * (size_t)count);
    double due = now_microseconds();
    for (int turn = -WARM_UPS; turn < count; turn++) {
        double left = due - now_microseconds();
        if (left > 0) usleep((useconds_t)left);
        double start = now_microseconds();
        due = start + interval;
        say(connection, "bare_there", start);
        double answered = heard(connection);
        if (turn < 0) continue;
        both[turn] = now_microseconds() - start;
        there[turn] = answered - start;
    }
    kill(other, SIGTERM);
    waitpid(other, NULL, 0);
    printf("{");
    print("both", both, count, ", ");
    print("there", there, count, "}\n");
    PQfinish(connection);
    return 0;
}
