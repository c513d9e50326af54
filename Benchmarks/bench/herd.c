/* Many clients that ask for the same at once, each over a connection that was opened before.

   Prints when the answers were complete, in microseconds since the first request was sent, and how long the slowest of the
   sending took; fails unless all answers are 200.

   usage: herd TARGET HEADER PORT:CLIENTS... */
#define _GNU_SOURCE
#include "times.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 4096
#define HEAD_MAX 8192

struct client {
    int socket, head_length;
    char head[HEAD_MAX + 1];
    /* Of the whole answer, -1 until it is known, and for one in chunks. */
    long length, received;
    int is_chunked;
    char tail[5];
};

static struct client clients[CLIENTS_MAX];
static double answered[CLIENTS_MAX];

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int opened(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, handle = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(handle, (struct sockaddr *)&address, sizeof address)) fail("a connection is refused");
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return handle;
}

static void read_head(struct client *client) {
    char *end = strstr(client->head, "\r\n\r\n");
    if (!end) {
        if (client->head_length == HEAD_MAX) fail("an answer's head is too long");
        return;
    }
    if (strncmp(client->head, "HTTP/1.1 200", 12) != 0) fail(client->head);
    *end = 0;
    char *length = strcasestr(client->head, "\r\ncontent-length:");
    client->is_chunked = !length;
    client->length = length ? (end + 4 - client->head) + atol(length + 17) : 0;
}

/* Takes what has arrived; 1 when the answer is complete. */
static int received(struct client *client) {
    static char bytes[65536];
    long count = recv(client->socket, bytes, sizeof bytes, 0);
    if (count <= 0) fail("a connection was closed before the answer's end");
    client->received += count;
    long kept = HEAD_MAX - client->head_length;
    if (client->length < 0 && kept > 0) {
        if (kept > count) kept = count;
        memcpy(client->head + client->head_length, bytes, (size_t)kept);
        client->head_length += (int)kept;
        read_head(client);
    }
    for (long index = count > 5 ? count - 5 : 0; index < count; index++) {
        memmove(client->tail, client->tail + 1, 4);
        client->tail[4] = bytes[index];
    }
    if (client->length < 0) return 0;
    return client->is_chunked ? memcmp(client->tail, "0\r\n\r\n", 5) == 0 : client->received == client->length;
}

int main(int argc, char **argv) {
    if (argc < 4) return 64;
    char request[4096];
    int bytes = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", argv[1], argv[2],
                         *argv[2] ? "\r\n" : "");
    int count = 0, poller = epoll_create1(0);
    for (int place = 3; place < argc; place++) {
        int port = atoi(argv[place]), wanted = atoi(strchr(argv[place], ':') + 1);
        for (int number = 0; number < wanted && count < CLIENTS_MAX; number++, count++) {
            clients[count] = (struct client){.socket = opened(port), .length = -1};
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)count};
            epoll_ctl(poller, EPOLL_CTL_ADD, clients[count].socket, &event);
        }
    }
    /* The servers accept them meanwhile. */
    usleep(300000);
    double start = now_microseconds();
    for (int number = 0; number < count; number++)
        if (send(clients[number].socket, request, (size_t)bytes, 0) != bytes) fail("a request could not be sent");
    double sent = now_microseconds() - start;
    int left = count;
    while (left > 0) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 120000);
        if (ready <= 0) fail("no answer for two minutes");
        for (int index = 0; index < ready; index++) {
            uint32_t number = events[index].data.u32;
            if (!received(&clients[number])) continue;
            answered[number] = now_microseconds() - start;
            epoll_ctl(poller, EPOLL_CTL_DEL, clients[number].socket, NULL);
            left--;
        }
    }
    qsort(answered, (size_t)count, sizeof(double), compare);
    printf("{\"p50\": %f, \"p99\": %f, \"max\": %f, \"sent\": %f}\n", answered[count / 2], answered[count * 99 / 100],
           answered[count - 1], sent);
    return 0;
}
