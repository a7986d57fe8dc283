/* Preloaded: the n-th write, sync, truncation or opening of a file fails, as a full or broken disk
   does. Only files below CLOBSTEP_FAULTY count. arm(n, errno, sticky, partial): the n-th call from
   now; sticky: all later ones too; partial: writes alone count, and that one writes half before. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1, seen, syncs;
static int code, sticks, halves;

long faulty_arm(long n, int error, int sticky, int partial) {
    long before = seen;
    left = n; code = error; sticks = sticky; halves = partial; seen = 0;
    return before;
}
long faulty_seen(void) { return seen; }
long faulty_syncs(void) { return syncs; }

static int below(const char *path) {
    const char *top = getenv("CLOBSTEP_FAULTY");
    return top && path && strncmp(path, top, strlen(top)) == 0;
}
static int ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return below(path);
}
static int fails(int counts, int writes) {
    if (!counts || (halves == 1 && !writes)) return 0;
    seen++;
    if (left < 0) return 0;
    if (left > 1) { left--; return 0; }
    if (left == 1 || sticks) { left = 0; errno = code; return 1; }
    return 0;
}
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITES(name, off_type) \
    ssize_t name(int fd, const void *data, size_t size, off_type at) { \
        if (fails(ours(fd), 1)) { \
            if (halves == 1 && size > 1) { halves = 2; return REAL(name)(fd, data, size / 2, at); } \
            return -1; \
        } \
        return REAL(name)(fd, data, size, at); \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)
ssize_t write(int fd, const void *data, size_t size) {
    return fails(ours(fd), 1) ? -1 : REAL(write)(fd, data, size);
}
int fsync(int fd) { syncs += ours(fd); return fails(ours(fd), 0) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { syncs += ours(fd); return fails(ours(fd), 0) ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t to) { return fails(ours(fd), 0) ? -1 : REAL(ftruncate)(fd, to); }
int ftruncate64(int fd, off64_t to) { return fails(ours(fd), 0) ? -1 : REAL(ftruncate64)(fd, to); }
int rename(const char *from, const char *to) { return fails(below(from), 0) ? -1 : REAL(rename)(from, to); }
int open64(const char *path, int flags, ...) {
    va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more);
    return fails((flags & O_CREAT) && below(path), 0) ? -1 : REAL(open64)(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more);
    return fails((flags & O_CREAT) && below(path), 0) ? -1 : REAL(open)(path, flags, mode);
}
