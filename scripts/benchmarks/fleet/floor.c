/* The floor that tools for many hosts are measured against: the same work by bare libssh2, non-blocking, in one thread.
 * Each connection at a time is a context of its own, which gives way to the others where libssh2 would wait.
 * usage: floor JOB    JOB has `floor.txt`: "WORKLOAD CONCURRENCY", then "id address port user hostkey-in-hex" a line;
 *                     and the files old_key, new_key, script, add.sh, remove.sh; out/ID and rc/ID are left in it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

typedef struct { char id[64], address[64], user[64], hostkey[1024]; int port; } Host;
typedef struct { char *bytes; size_t size; } Text;
typedef struct { ucontext_t context; int isOver; } Worker;
typedef struct { LIBSSH2_SESSION *session; int fd, isWatched; } Line;

static Host hosts[8192];
static int count, next, failures, poller, rotates, scripts;
static ucontext_t loop;
static Worker *current;
static Text oldKey, newKey, script, add, take;

static void give_way(Line *line, unsigned events) {
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.ptr = current};
    int one = 1;
    setsockopt(line->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
    epoll_ctl(poller, line->isWatched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, line->fd, &event);
    line->isWatched = 1;
    swapcontext(&current->context, &loop);
}

static void pause_for(Line *line) {
    int way = libssh2_session_block_directions(line->session);
    unsigned events = way & LIBSSH2_SESSION_BLOCK_OUTBOUND ? EPOLLOUT : 0;
    if (way & LIBSSH2_SESSION_BLOCK_INBOUND || !events) events |= EPOLLIN;
    give_way(line, events);
}

#define AWAIT(line, code, call) while ((code = (call)) == LIBSSH2_ERROR_EAGAIN) pause_for(line)

static int open_line(Line *line, const Host *host) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(host->port)};
    int one = 1, code, fault = 0;
    socklen_t size = sizeof fault;
    size_t length = 0;
    inet_pton(AF_INET, host->address, &name.sin_addr);
    *line = (Line){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (connect(line->fd, (struct sockaddr *)&name, sizeof name) != 0) {
        if (errno != EINPROGRESS) return -1;
        give_way(line, EPOLLOUT);
        getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
        if (fault) return -1;
    }
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    line->session = libssh2_session_init();
    libssh2_session_set_blocking(line->session, 0);
    libssh2_session_method_pref(line->session, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519");
    libssh2_session_method_pref(line->session, LIBSSH2_METHOD_CRYPT_CS, "aes128-ctr");
    libssh2_session_method_pref(line->session, LIBSSH2_METHOD_CRYPT_SC, "aes128-ctr");
    AWAIT(line, code, libssh2_session_handshake(line->session, line->fd));
    if (code) return code;
    const char *key = libssh2_session_hostkey(line->session, &length, &code);
    char hex[1024] = "";
    for (size_t i = 0; i < length && i < 500; i++) sprintf(hex + 2 * i, "%02x", (unsigned char)key[i]);
    return strcmp(hex, host->hostkey);
}

static int log_in(Line *line, const Host *host, Text key) {
    int code;
    AWAIT(line, code, libssh2_userauth_publickey_frommemory(
        line->session, host->user, strlen(host->user), NULL, 0, key.bytes, key.size, NULL));
    return code;
}

static void close_line(Line *line) {
    int code;
    if (line->session) {
        AWAIT(line, code, libssh2_session_disconnect(line->session, "bye"));
        AWAIT(line, code, libssh2_session_free(line->session));
    }
    close(line->fd);
}

static int run(Line *line, const char *command, Text input, FILE *output) {
    LIBSSH2_CHANNEL *channel;
    char buffer[32768];
    int code;
    while (!(channel = libssh2_channel_open_session(line->session))) {
        if (libssh2_session_last_errno(line->session) != LIBSSH2_ERROR_EAGAIN) return -1;
        pause_for(line);
    }
    AWAIT(line, code, libssh2_channel_exec(channel, command));
    for (size_t sent = 0; !code && sent < input.size; sent += code, code = 0) {
        AWAIT(line, code, libssh2_channel_write(channel, input.bytes + sent, input.size - sent));
        if (code < 0) return code;
    }
    if (code) return code;
    AWAIT(line, code, libssh2_channel_send_eof(channel));
    do {
        AWAIT(line, code, libssh2_channel_read(channel, buffer, sizeof buffer));
        if (code > 0 && output) fwrite(buffer, 1, code, output);
    } while (code > 0);
    AWAIT(line, code, libssh2_channel_close(channel));
    AWAIT(line, code, libssh2_channel_wait_closed(channel));
    int status = libssh2_channel_get_exit_status(channel);
    AWAIT(line, code, libssh2_channel_free(channel));
    return status;
}

static int rotate(Line *first, const Host *host) {
    Line second = {.fd = -1}, third = {.fd = -1};
    int code = run(first, "sh -s", add, NULL);
    if (!code) {
        if (!(code = open_line(&second, host))) code = log_in(&second, host, newKey);
        close_line(&second);
    }
    if (!code) code = run(first, "sh -s", take, NULL);
    if (!code) {
        if (!(code = open_line(&third, host))) code = log_in(&third, host, oldKey) == 0;
        close_line(&third);
    }
    return code;
}

static void visit(const Host *host) {
    char path[128];
    Line line;
    snprintf(path, sizeof path, "out/%s", host->id);
    FILE *output = fopen(path, "w");
    int code = open_line(&line, host);
    if (!code) code = log_in(&line, host, oldKey);
    if (!code) code = rotates ? rotate(&line, host) : scripts ? run(&line, "sh -s", script, output)
                                                              : run(&line, "true", (Text){0}, output);
    close_line(&line);
    fclose(output);
    snprintf(path, sizeof path, "rc/%s", host->id);
    output = fopen(path, "w");
    fprintf(output, "%d\n", code);
    fclose(output);
    if (code && !scripts) failures++;
}

static void work(void) {
    Worker *me = current;
    while (next < count) visit(&hosts[next++]);
    me->isOver = 1;
}

static Text slurp(const char *path) {
    Text text = {0};
    FILE *file = fopen(path, "r");
    if (!file) return text;
    text.bytes = calloc(1, 1 << 16);
    text.size = fread(text.bytes, 1, (1 << 16) - 1, file);
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    char workload[16];
    int workers, left;
    if (argc != 2 || chdir(argv[1]) != 0) return fprintf(stderr, "usage: floor JOB\n"), 2;
    FILE *list = fopen("floor.txt", "r");
    if (!list || fscanf(list, "%15s %d", workload, &workers) != 2) return 2;
    for (Host *h = hosts; count < 8192 && fscanf(list, "%63s %63s %d %63s %1023s", h->id, h->address, &h->port, h->user,
                                                 h->hostkey) == 5; h = &hosts[++count]) {}
    rotates = strcmp(workload, "rotate") == 0;
    scripts = strcmp(workload, "script") == 0;
    oldKey = slurp("old_key"), newKey = slurp("new_key"), script = slurp("script");
    add = slurp("add.sh"), take = slurp("remove.sh");
    libssh2_init(0);
    poller = epoll_create1(EPOLL_CLOEXEC);
    Worker *all = calloc(left = workers, sizeof *all);
    for (int i = 0; i < workers; i++) {
        getcontext(&all[i].context);
        all[i].context.uc_stack.ss_sp = malloc(1 << 17);
        all[i].context.uc_stack.ss_size = 1 << 17;
        all[i].context.uc_link = &loop;
        makecontext(&(current = &all[i])->context, work, 0);
        swapcontext(&loop, &all[i].context);
        left -= all[i].isOver;
    }
    while (left > 0) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 60000);
        if (ready <= 0) return fprintf(stderr, "floor: nothing answers\n"), 1;
        for (int i = 0; i < ready; i++) {
            current = events[i].data.ptr;
            swapcontext(&loop, &current->context);
            left -= current->isOver;
        }
    }
    return failures ? 1 : 0;
}
