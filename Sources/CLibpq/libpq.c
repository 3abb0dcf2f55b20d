#include "CLibpq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

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
