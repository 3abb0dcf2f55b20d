// In CI libpq's own header is read first, where libpq-dev is installed: a declaration of ours that differs is an error then.
#ifdef COMPARE_WITH_LIBPQ_HEADER
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#endif
#endif

#include "CLibpq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

// What a declaration cannot compare; true of libpq's header and of ours.
_Static_assert(CONNECTION_OK == 0, "CONNECTION_OK");
_Static_assert(
    PGRES_COMMAND_OK == 1 && PGRES_TUPLES_OK == 2 && PGRES_FATAL_ERROR == 7 && PGRES_SINGLE_TUPLE == 9,
    "ExecStatusType");
_Static_assert(
    offsetof(PQconninfoOption, keyword) == 0 && offsetof(PQconninfoOption, val) == 3 * sizeof(char *) &&
        offsetof(PQconninfoOption, dispsize) == 6 * sizeof(char *) && sizeof(PQconninfoOption) == 7 * sizeof(char *),
    "PQconninfoOption");

static struct libpq functions;
static bool complete;

static void load(void) {
  void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
#define FIND(name)                                                                                                     \
  functions.name = (__typeof__(name) *)dlsym(library, #name);                                                          \
  if (functions.name == NULL) return;
  LIBPQ_FUNCTIONS(FIND)
#undef FIND
  complete = true;
}

const struct libpq *libpq_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return complete ? &functions : NULL;
}
