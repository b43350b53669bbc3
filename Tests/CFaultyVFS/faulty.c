#include "CFaultyVFS.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;
static faulty_hook hook;

// The system's file follows in the same piece of memory, which SQLite allots by szOsFile.
typedef struct {
    sqlite3_file base;
    char *path;
} faulty_file;

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((faulty_file *)file + 1); }
static const char *path_of(sqlite3_file *file) { return ((faulty_file *)file)->path; }
static int is_watched(const char *path) { return path && strstr(path, "/sloop-faulty-") != NULL; }

static int file_close(sqlite3_file *file) {
    int answer = real(file)->pMethods->xClose(real(file));
    free(((faulty_file *)file)->path);
    return answer;
}
static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), bytes, length, offset);
}
static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    int answer = hook(FAULTY_WRITE, path_of(file), offset, bytes, length);
    if (answer == FAULTY_SKIP) return SQLITE_OK;
    int done = real(file)->pMethods->xWrite(real(file), bytes, answer ? length / 2 : length, offset);
    return answer ? answer : done;
}
static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int answer = hook(FAULTY_TRUNCATE, path_of(file), size, NULL, 0);
    return answer ? (answer == FAULTY_SKIP ? SQLITE_OK : answer) : real(file)->pMethods->xTruncate(real(file), size);
}
static int file_sync(sqlite3_file *file, int flags) {
    int answer = hook(FAULTY_SYNC, path_of(file), 0, NULL, 0);
    return answer ? (answer == FAULTY_SKIP ? SQLITE_OK : answer) : real(file)->pMethods->xSync(real(file), flags);
}
static int file_size(sqlite3_file *file, sqlite3_int64 *size) { return real(file)->pMethods->xFileSize(real(file), size); }
static int file_lock(sqlite3_file *file, int level) {
    int answer = hook(FAULTY_LOCK, path_of(file), level, NULL, 0);
    return answer > 0 ? answer : real(file)->pMethods->xLock(real(file), level);
}
static int file_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
static int file_is_reserved(sqlite3_file *file, int *is) { return real(file)->pMethods->xCheckReservedLock(real(file), is); }
static int file_control(sqlite3_file *file, int what, void *value) {
    return real(file)->pMethods->xFileControl(real(file), what, value);
}
static int file_sector(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int file_traits(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
static int file_map(sqlite3_file *file, int region, int size, int extend, void volatile **memory) {
    int answer = extend ? hook(FAULTY_MAP, path_of(file), region, NULL, 0) : 0;
    return answer > 0 ? answer : real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}
static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    int answer = flags & SQLITE_SHM_LOCK ? hook(FAULTY_LOCK, path_of(file), 100 + offset, NULL, count) : 0;
    return answer > 0 ? answer : real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
static void file_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int file_unmap(sqlite3_file *file, int must_delete) { return real(file)->pMethods->xShmUnmap(real(file), must_delete); }

static const sqlite3_io_methods methods = {
    2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock, file_is_reserved,
    file_control, file_sector, file_traits, file_map, file_shm_lock, file_barrier, file_unmap, NULL, NULL,
};

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *file, int flags, int *out) {
    (void)self;
    if (!is_watched(path)) return system_vfs->xOpen(system_vfs, path, file, flags, out);
    memset(file, 0, sizeof(faulty_file));
    int answer = system_vfs->xOpen(system_vfs, path, real(file), flags, out);
    if (answer != SQLITE_OK) return answer;
    ((faulty_file *)file)->path = strdup(path);
    file->pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int must_sync) {
    (void)self;
    int answer = is_watched(path) ? hook(FAULTY_DELETE, path, 0, NULL, 0) : 0;
    return answer ? (answer == FAULTY_SKIP ? SQLITE_OK : answer) : system_vfs->xDelete(system_vfs, path, must_sync);
}

int faulty_install(faulty_hook ask) {
    system_vfs = sqlite3_vfs_find(NULL);
    if (!system_vfs) return SQLITE_ERROR;
    hook = ask;
    vfs = *system_vfs;
    vfs.pNext = NULL;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(faulty_file) + system_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    return sqlite3_vfs_register(&vfs, 1);
}
