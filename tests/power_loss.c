/* Loaded into a program by LD_PRELOAD: tells a recorder before and after every call that decides what a power cut leaves,
   and waits until it has looked at the files. See power_loss.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(const char *kind, unsigned long inode, const char *path) {
    int before = errno;
    char answer;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strncpy(address.sun_path, getenv("POWER_RECORDER"), sizeof address.sun_path - 1);
    if (connect(line, (struct sockaddr *)&address, sizeof address) != 0) abort();
    dprintf(line, "%s %lu %s", kind, inode, path);
    shutdown(line, SHUT_WR);
    if (read(line, &answer, 1) < 0) abort();
    close(line);
    errno = before;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int synced(int descriptor, int (*sync)(int)) {
    struct stat status;
    tell("look", 0, "");
    int result = sync(descriptor);
    if (result == 0 && fstat(descriptor, &status) == 0) tell("sync", status.st_ino, "");
    return result;
}

int fsync(int descriptor) { return synced(descriptor, REAL(fsync)); }
int fdatasync(int descriptor) { return synced(descriptor, REAL(fdatasync)); }

#define NAMED(name, path, parameters, arguments)  \
    int name parameters {                         \
        tell("look", 0, "");                      \
        int result = REAL(name) arguments;        \
        tell(#name, 0, path);                     \
        return result;                            \
    }

NAMED(rename, "", (const char *old, const char *new), (old, new))
NAMED(renameat, "", (int from, const char *old, int to, const char *new), (from, old, to, new))
NAMED(unlink, "", (const char *path), (path))
NAMED(unlinkat, "", (int folder, const char *path, int flags), (folder, path, flags))
NAMED(rmdir, "", (const char *path), (path))
NAMED(mkdir, path, (const char *path, mode_t mode), (path, mode))
