/* A way of so many milliseconds there and back between a tool and its hosts: forwards TCP on loopback, every byte late.
 * usage: delay MS DESCRIPTOR < lines of "address port target-address target-port"
 * Prints "ready"; then, for each line that comes on the descriptor, connections, turns, and those of them that come one after
 * another, since the last one; ends with it.
 * A turn is a connection's begin, or a piece from the server that comes after one from the client: what is waited for. It comes
 * after all turns that had reached the client, of whatever connection to that host, when it said what this one answers. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct Piece { struct Piece *next; double due; size_t size, sent; long turn; char bytes[]; } Piece;
typedef struct { Piece *first, *last; int isOver; } Queue;
/* `seen` counts the turns one after another of which the client knows. */
typedef struct { int fd; long seen; struct sockaddr_in target; } Port;
/* Ends of a connection: 0 is the client's, 1 the server's. `late` is what waits to be written to it. `turn` is its last one's
 * place among those one after another. */
typedef struct Pair { struct Pair *next; Port *port; int fd[2], spoke; long turn; double opened; Queue late[2]; } Pair;

static Port ports[8192];
static int count, poller;
static long connections, turns;
static double way;
static Pair *pairs;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int stream(void) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void put(Queue *queue, double due, long turn, const char *bytes, size_t size) {
    Piece *piece = malloc(sizeof *piece + size);
    *piece = (Piece){.due = due, .size = size, .turn = turn};
    memcpy(piece->bytes, bytes, size);
    *(queue->first ? &queue->last->next : &queue->first) = piece;
    queue->last = piece;
}

/* Takes what came from one end for the other; an empty piece is the end of it. */
static void take(Pair *pair, int from) {
    static char buffer[65536];
    ssize_t size;
    int one = 1;
    while ((size = read(pair->fd[from], buffer, sizeof buffer)) >= 0 || errno != EAGAIN) {
        if (size < 0) size = 0;
        double due = now() + way / 2;
        /* The client's system thought itself connected at once; by the long way it would have been later. */
        if (from == 0 && due < pair->opened + way * 1.5) due = pair->opened + way * 1.5;
        /* What the client says and nobody answers keeps nobody waiting. */
        if (from == 1 && size > 0 && pair->spoke == 0) turns++, pair->turn++;
        if (from == 0 && size > 0 && pair->turn < pair->port->seen) pair->turn = pair->port->seen;
        if (size > 0) pair->spoke = from;
        if (pair->late[1 - from].isOver) return;
        put(&pair->late[1 - from], due, from == 1 && size > 0 ? pair->turn : 0, buffer, size);
        setsockopt(pair->fd[from], IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
        if (size == 0) {
            pair->late[1 - from].isOver = 1;
            epoll_ctl(poller, EPOLL_CTL_DEL, pair->fd[from], NULL);
            return;
        }
    }
}

/* Writes what is due; gives when the next is, and 0 once both ends are over. */
static double give(Pair *pair) {
    double next = 1e18;
    int ended = 0;
    for (int to = 0; to < 2; to++) {
        Queue *queue = &pair->late[to];
        while (queue->first && queue->first->due <= now()) {
            Piece *piece = queue->first;
            if (piece->size == 0) shutdown(pair->fd[to], SHUT_WR);
            ssize_t size = piece->size ? send(pair->fd[to], piece->bytes + piece->sent, piece->size - piece->sent, MSG_NOSIGNAL) : 0;
            if (size < 0) {
                piece->due = now() + 1;
                break;
            }
            if ((piece->sent += size) < piece->size) continue;
            if (pair->port->seen < piece->turn) pair->port->seen = piece->turn;
            queue->first = piece->next;
            free(piece);
        }
        if (queue->first && queue->first->due < next) next = queue->first->due;
        ended += queue->isOver && !queue->first;
    }
    return ended == 2 ? 0 : next;
}

static void admit(Port *port) {
    int fd;
    while ((fd = accept4(port->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        int one = 1;
        Pair *pair = calloc(1, sizeof *pair);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        *pair = (Pair){.next = pairs, .fd = {fd, -1}, .spoke = 1, .opened = now(), .port = port, .turn = port->seen + 1};
        pairs = pair;
        connections++;
        turns++;
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = pair});
    }
}

/* The server hears of the client when its third packet would have come. */
static void reach(Pair *pair) {
    pair->fd[1] = stream();
    connect(pair->fd[1], (struct sockaddr *)&pair->port->target, sizeof pair->port->target);
    epoll_ctl(poller, EPOLL_CTL_ADD, pair->fd[1], &(struct epoll_event){.events = EPOLLIN, .data.ptr = pair});
}

int main(int argc, char **argv) {
    char address[64], target[64];
    int port, other;
    if (argc != 3) return fprintf(stderr, "usage: delay MS DESCRIPTOR\n"), 2;
    way = atof(argv[1]);
    int asks = atoi(argv[2]);
    poller = epoll_create1(EPOLL_CLOEXEC);
    while (count < 8192 && scanf("%63s %d %63s %d", address, &port, target, &other) == 4) {
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
        Port *made = &ports[count++];
        inet_pton(AF_INET, address, &name.sin_addr);
        *made = (Port){.fd = stream(), .target = {.sin_family = AF_INET, .sin_port = htons(other)}};
        inet_pton(AF_INET, target, &made->target.sin_addr);
        if (bind(made->fd, (struct sockaddr *)&name, sizeof name) || listen(made->fd, 64)) return perror(address), 1;
        epoll_ctl(poller, EPOLL_CTL_ADD, made->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = made});
    }
    fcntl(asks, F_SETFL, O_NONBLOCK);
    epoll_ctl(poller, EPOLL_CTL_ADD, asks, &(struct epoll_event){.events = EPOLLIN, .data.ptr = NULL});
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        double next = 1e18;
        for (Pair **place = &pairs; *place;) {
            Pair *pair = *place;
            if (pair->fd[1] < 0 && pair->opened + way * 1.5 <= now()) reach(pair);
            double due = pair->fd[1] < 0 ? pair->opened + way * 1.5 : give(pair);
            if (due > 0) {
                if (due < next) next = due;
                place = &pair->next;
                continue;
            }
            *place = pair->next;
            close(pair->fd[0]);
            close(pair->fd[1]);
            free(pair);
        }
        double pause = next - now();
        int ready = epoll_wait(poller, events, 256, next > 1e17 ? -1 : pause <= 0 ? 0 : (int)(pause + 0.999));
        for (int i = 0; i < ready; i++) {
            void *what = events[i].data.ptr;
            char line[64];
            if (!what) {
                if (read(asks, line, sizeof line) <= 0) return 0;
                long waited = 0;
                for (int each = 0; each < count; each++) waited += ports[each].seen, ports[each].seen = 0;
                printf("%ld %ld %ld\n", connections, turns, waited);
                fflush(stdout);
                connections = turns = 0;
            } else if ((Port *)what >= ports && (Port *)what < ports + count) {
                admit(what);
            } else {
                Pair *pair = what;
                for (int end = 0; end < 2; end++)
                    if (pair->fd[end] >= 0 && !pair->late[1 - end].isOver) take(pair, end);
            }
        }
    }
}
