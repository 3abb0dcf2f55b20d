// In CI LZ4's own header is read first, where liblz4-dev is installed: a declaration of ours that differs is an error then.
#ifdef COMPARE_WITH_OWN_HEADERS
#if __has_include(<lz4frame.h>)
#include <lz4frame.h>
#endif
#endif

#include "CLz4.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

// What a declaration cannot compare.
_Static_assert(LZ4F_VERSION == 100, "LZ4F_VERSION");

static struct lz4 functions;
static bool complete;

static void load(void) {
  void *library = dlopen("liblz4.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
#define FIND(name)                                                                                                     \
  functions.name = (__typeof__(name) *)dlsym(library, #name);                                                          \
  if (functions.name == NULL) return;
  LZ4_FUNCTIONS(FIND)
#undef FIND
  complete = true;
}

const struct lz4 *lz4_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return complete ? &functions : NULL;
}
