/* The floor that a rotation is measured against: for each machine the same three connections, by bare libssh2.
 *   1. log in, run two commands    2. log in    3. ask whether a key is accepted that is not
 * With - for STRANGER: waits for a machine that boots, and logs in once.
 * usage: bench-floor USER KEYFILE STRANGER WORKERS < lines of "address port" */
#include <libssh2.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>

static struct { char address[64]; int port; } machines[4096];
static int count, next, failures;
static const char *user, *key, *stranger;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what, const char *address) {
    fprintf(stderr, "bench-floor: %s failed at %s\n", what, address);
    pthread_mutex_lock(&lock);
    failures++;
    pthread_mutex_unlock(&lock);
}

static LIBSSH2_SESSION *open_session(const char *address, int port, int *fd) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    inet_pton(AF_INET, address, &name.sin_addr);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(*fd, (struct sockaddr *)&name, sizeof name) != 0) return NULL;
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    LIBSSH2_SESSION *session = libssh2_session_init();
    libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519");
    return libssh2_session_handshake(session, *fd) == 0 ? session : NULL;
}

static void close_session(LIBSSH2_SESSION *session, int fd) {
    if (session) {
        libssh2_session_disconnect(session, "bye");
        libssh2_session_free(session);
    }
    close(fd);
}

static int run(LIBSSH2_SESSION *session, const char *command) {
    LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(session);
    if (!channel || libssh2_channel_exec(channel, command) != 0) return -1;
    char buffer[1024];
    while (libssh2_channel_read(channel, buffer, sizeof buffer) > 0) {}
    libssh2_channel_close(channel);
    libssh2_channel_wait_closed(channel);
    int code = libssh2_channel_get_exit_status(channel);
    libssh2_channel_free(channel);
    return code;
}

static void wait_for_login(const char *address, int port) {
    int fd = -1;
    LIBSSH2_SESSION *session = NULL;
    for (int i = 0; i < 4000 && !session; i++) {
        if (i) usleep(5000);
        session = open_session(address, port, &fd);
        if (!session) close(fd);
    }
    if (!session || libssh2_userauth_publickey_fromfile(session, user, NULL, key, NULL) != 0) fail("login", address);
    close_session(session, fd);
}

static void visit(const char *address, int port) {
    if (strcmp(stranger, "-") == 0) return wait_for_login(address, port);
    int fd;
    LIBSSH2_SESSION *session = open_session(address, port, &fd);
    if (!session || libssh2_userauth_publickey_fromfile(session, user, NULL, key, NULL) != 0) fail("login", address);
    else if (run(session, "true") != 0 || run(session, "true") != 0) fail("command", address);
    close_session(session, fd);
    session = open_session(address, port, &fd);
    if (!session || libssh2_userauth_publickey_fromfile(session, user, NULL, key, NULL) != 0) fail("login", address);
    close_session(session, fd);
    session = open_session(address, port, &fd);
    if (!session || libssh2_userauth_publickey_fromfile(session, user, NULL, stranger, NULL) == 0) fail("refusal", address);
    close_session(session, fd);
}

static void *work(void *unused) {
    for (;;) {
        pthread_mutex_lock(&lock);
        int mine = next < count ? next++ : -1;
        pthread_mutex_unlock(&lock);
        if (mine < 0) return unused;
        visit(machines[mine].address, machines[mine].port);
    }
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "usage: bench-floor USER KEYFILE STRANGER WORKERS\n"), 2;
    user = argv[1];
    key = argv[2];
    stranger = argv[3];
    int workers = atoi(argv[4]);
    while (count < 4096 && scanf("%63s %d", machines[count].address, &machines[count].port) == 2) count++;
    libssh2_init(0);
    pthread_t threads[256];
    if (workers < 1 || workers > 256) workers = 24;
    for (int i = 0; i < workers; i++) pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < workers; i++) pthread_join(threads[i], NULL);
    return failures ? 1 : 0;
}
