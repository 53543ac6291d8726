/* Loaded into a program by LD_PRELOAD: its clock steps, and its disk hangs, fills up, fails or is slow, as a table says
   that it shares with preload.py. Line 0 of the table is for all programs, line N for process N. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { N_DISKS = 2, SECTOR = 512 };

struct disk { int32_t is_hung, is_full, is_failing, delay_us; };
struct line { int64_t clock_us; struct disk disks[N_DISKS]; };

static struct line *table;
static const char *folders[N_DISKS];
static const char *const FOLDERS[N_DISKS] = {"CHAOS_HOME", "CHAOS_DATABASE"};

static struct line *own(void) { return &table[getpid()]; }

/* What the line says yet is of another process that had this number. */
static void clear(void) { memset(own(), 0, sizeof *table); }

__attribute__((constructor)) static void begin(void) {
    struct stat status;
    const char *path = getenv("CHAOS_TABLE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0 || fstat(file, &status) != 0) abort();
    for (int i = 0; i < N_DISKS; i++) folders[i] = getenv(FOLDERS[i]);
    struct line *mapped = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    close(file);
    table = mapped;
    clear();
    pthread_atfork(NULL, NULL, clear);
}

static int is_any(size_t offset) {
    if (table == NULL) return 0;
    int32_t found = 0;
    for (int i = 0; i < N_DISKS; i++) {
        found |= *(int32_t *)((char *)&table[0].disks[i] + offset);
        found |= *(int32_t *)((char *)&own()->disks[i] + offset);
    }
    return found != 0;
}

static int is_calm(void) {
    return !(is_any(offsetof(struct disk, is_hung)) || is_any(offsetof(struct disk, is_full)) ||
             is_any(offsetof(struct disk, is_failing)) || is_any(offsetof(struct disk, delay_us)));
}

/* The disk a path lies on, or -1. */
static int disk_of(const char *path) {
    for (int i = 0; i < N_DISKS; i++)
        if (folders[i] && strncmp(path, folders[i], strlen(folders[i])) == 0) return i;
    return -1;
}

static int disk_of_file(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    return disk_of(path);
}

#define ON(disk, field) (table[0].disks[disk].field ? table[0].disks[disk].field : own()->disks[disk].field)

/* Wait as the disk does; return the error that a call meets there, or 0. */
static int meet(int disk) {
    if (disk < 0) return 0;
    if (ON(disk, delay_us)) usleep(ON(disk, delay_us));
    while (ON(disk, is_hung)) usleep(20000);
    return ON(disk, is_failing) ? EIO : 0;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL_IF(error) do { int found = (error); if (found) { errno = found; return -1; } } while (0)

#define OF_PATH(name, path, parameters, arguments)        \
    int name parameters {                                 \
        REAL(name);                                       \
        if (!is_calm()) FAIL_IF(meet(disk_of(path)));     \
        return real arguments;                            \
    }

OF_PATH(rename, new, (const char *old, const char *new), (old, new))
OF_PATH(unlink, path, (const char *path), (path))

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (!is_calm()) {
        int disk = disk_of(path);
        FAIL_IF(meet(disk));
        FAIL_IF(disk >= 0 && ON(disk, is_full) ? ENOSPC : 0);
    }
    return real(path, mode);
}

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list rest;                                       \
        va_start(rest, flags);                              \
        mode_t mode = va_arg(rest, mode_t);                 \
        va_end(rest);                                       \
        REAL(name);                                         \
        if (!is_calm()) FAIL_IF(meet(disk_of(path)));       \
        return real(path, flags, mode);                     \
    }

OPEN(open)
OPEN(open64)

#define OF_FILE(kind, name, parameters, arguments)              \
    kind name parameters {                                      \
        REAL(name);                                             \
        if (!is_calm()) FAIL_IF(meet(disk_of_file(file)));      \
        return real arguments;                                  \
    }

OF_FILE(int, fsync, (int file), (file))
OF_FILE(int, fdatasync, (int file), (file))
OF_FILE(ssize_t, read, (int file, void *data, size_t size), (file, data, size))
OF_FILE(ssize_t, pread, (int file, void *data, size_t size, off_t at), (file, data, size, at))
OF_FILE(ssize_t, pread64, (int file, void *data, size_t size, off64_t at), (file, data, size, at))

/* On a full disk there is room for a part of what is written, and for less and less. */
#define WRITE(name, parameters, arguments)                                  \
    ssize_t name parameters {                                               \
        REAL(name);                                                         \
        if (!is_calm()) {                                                   \
            int disk = disk_of_file(file);                                  \
            FAIL_IF(meet(disk));                                            \
            if (disk >= 0 && ON(disk, is_full)) {                           \
                FAIL_IF(size <= SECTOR ? ENOSPC : 0);                       \
                size /= 2;                                                  \
            }                                                               \
        }                                                                   \
        return real arguments;                                              \
    }

WRITE(write, (int file, const void *data, size_t size), (file, data, size))
WRITE(pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
WRITE(pwrite64, (int file, const void *data, size_t size, off64_t at), (file, data, size, at))

static int64_t step_us(void) { return table ? table[0].clock_us + own()->clock_us : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t us = now->tv_sec * 1000000LL + now->tv_nsec / 1000 + step_us();
        now->tv_sec = us / 1000000;
        now->tv_nsec = us % 1000000 * 1000 + now->tv_nsec % 1000;
    }
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    REAL(gettimeofday);
    int result = real(now, zone);
    if (result == 0) {
        int64_t us = now->tv_sec * 1000000LL + now->tv_usec + step_us();
        now->tv_sec = us / 1000000;
        now->tv_usec = us % 1000000;
    }
    return result;
}

time_t time(time_t *now) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (now) *now = moment.tv_sec;
    return moment.tv_sec;
}
