// In CI Zstandard's own header is read first, where libzstd-dev is installed: a declaration of ours that differs is an error then.
#ifdef COMPARE_WITH_OWN_HEADERS
#if __has_include(<zstd.h>)
#include <zstd.h>
#endif
#endif

#include "CZstd.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

// What a declaration cannot compare; true of Zstandard's header and of ours.
_Static_assert(ZSTD_reset_session_only == 1, "ZSTD_ResetDirective");
_Static_assert(
    offsetof(ZSTD_inBuffer, src) == 0 && offsetof(ZSTD_inBuffer, size) == sizeof(void *) &&
        offsetof(ZSTD_inBuffer, pos) == 2 * sizeof(void *) && sizeof(ZSTD_inBuffer) == 3 * sizeof(void *),
    "ZSTD_inBuffer");
_Static_assert(
    offsetof(ZSTD_outBuffer, dst) == 0 && offsetof(ZSTD_outBuffer, size) == sizeof(void *) &&
        offsetof(ZSTD_outBuffer, pos) == 2 * sizeof(void *) && sizeof(ZSTD_outBuffer) == 3 * sizeof(void *),
    "ZSTD_outBuffer");

static struct zstd functions;
static bool complete;

static void load(void) {
  void *library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
#define FIND(name)                                                                                                     \
  functions.name = (__typeof__(name) *)dlsym(library, #name);                                                          \
  if (functions.name == NULL) return;
  ZSTD_FUNCTIONS(FIND)
#undef FIND
  complete = true;
}

const struct zstd *zstd_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return complete ? &functions : NULL;
}
