// Loaded in front of the C library (LD_PRELOAD): lets the reads of one path fail, as a broken disk or a file that may not
// be read does. FAILING_PATH is the path, with its links resolved; FAILING_HOW says what fails: "open", "read", "list" or
// "stat" with the error number FAILING_ERRNO, or "short": the file ends at its half. FAILING_LOG is a file to which each
// path that is opened is added.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096 };
static char fails[DESCRIPTORS];

static int is_how(const char *how) {
  const char *asked = getenv("FAILING_HOW");
  return asked != NULL && strcmp(asked, how) == 0;
}

static int refuse(void) {
  const char *number = getenv("FAILING_ERRNO");
  errno = number != NULL ? atoi(number) : EIO;
  return -1;
}

static int is_path(const char *path) {
  const char *asked = getenv("FAILING_PATH");
  return asked != NULL && strcmp(asked, path) == 0;
}

static int is_descriptor(int descriptor) {
  return descriptor >= 0 && descriptor < DESCRIPTORS && fails[descriptor];
}

static int opened(int descriptor) {
  if (descriptor < 0 || descriptor >= DESCRIPTORS) return descriptor;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  const char *log = getenv("FAILING_LOG");
  FILE *file = log != NULL ? fopen(log, "a") : NULL;
  if (file != NULL) {
    fprintf(file, "%s\n", path);
    fclose(file);
  }
  fails[descriptor] = is_path(path);
  if (!fails[descriptor] || !is_how("open")) return descriptor;
  fails[descriptor] = 0;
  close(descriptor);
  return refuse();
}

static int open_at(const char *name, int folder, const char *path, int flags, mode_t mode) {
  int (*next)(int, const char *, int, ...) = dlsym(RTLD_NEXT, name);
  return opened(next(folder, path, flags, mode));
}

#define OPEN_AT(name)                                        \
  int name(int folder, const char *path, int flags, ...) {   \
    va_list more;                                            \
    va_start(more, flags);                                   \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
    va_end(more);                                            \
    return open_at(#name, folder, path, flags, mode);        \
  }
OPEN_AT(openat)
OPEN_AT(openat64)

#define READ_AT(name)                                                           \
  ssize_t name(int descriptor, void *bytes, size_t count, off_t offset) {       \
    ssize_t (*next)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, #name);      \
    if (!is_descriptor(descriptor)) return next(descriptor, bytes, count, offset); \
    if (is_how("read")) return refuse();                                        \
    struct stat status;                                                         \
    if (!is_how("short") || fstat(descriptor, &status) != 0)                    \
      return next(descriptor, bytes, count, offset);                            \
    off_t left = status.st_size / 2 - offset;                                   \
    if (left <= 0) return 0;                                                    \
    return next(descriptor, bytes, (off_t)count < left ? count : (size_t)left, offset); \
  }
READ_AT(pread)
READ_AT(pread64)

#define READ_FOLDER(name, entry)                                   \
  struct entry *name(DIR *folder) {                                \
    struct entry *(*next)(DIR *) = dlsym(RTLD_NEXT, #name);        \
    if (!is_descriptor(dirfd(folder)) || !is_how("list")) return next(folder); \
    refuse();                                                      \
    return NULL;                                                   \
  }
READ_FOLDER(readdir, dirent)
READ_FOLDER(readdir64, dirent64)

#define STATUS_AT(name, structure)                                              \
  int name(int folder, const char *path, struct structure *status, int flags) { \
    int (*next)(int, const char *, struct structure *, int) = dlsym(RTLD_NEXT, #name); \
    char whole[PATH_MAX];                                                       \
    if (is_how("stat") && realpath(path, whole) != NULL && is_path(whole)) return refuse(); \
    return next(folder, path, status, flags);                                   \
  }
STATUS_AT(fstatat, stat)
STATUS_AT(fstatat64, stat64)

int close(int descriptor) {
  int (*next)(int) = dlsym(RTLD_NEXT, "close");
  if (descriptor >= 0 && descriptor < DESCRIPTORS) fails[descriptor] = 0;
  return next(descriptor);
}
