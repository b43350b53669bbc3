#ifndef C_FAULTY_VFS_H
#define C_FAULTY_VFS_H

// What SQLite asks of its disk.
enum {
    FAULTY_WRITE = 1, FAULTY_TRUNCATE, FAULTY_SYNC, FAULTY_DELETE, FAULTY_LOCK, FAULTY_MAP
};

// Say "done" without doing it.
#define FAULTY_SKIP (-1)

// Asked before each of these: 0 lets it be done, FAULTY_SKIP does not, and any other code of SQLite's is the answer,
// after half of the bytes were written if there are any.
typedef int (*faulty_hook)(int what, const char *path, long long offset, const void *bytes, int length);

// Makes a VFS the default that asks the hook about files in whose path is "/sloop-faulty-", and leaves all others to
// the system's. Once a process.
int faulty_install(faulty_hook hook);

#endif
