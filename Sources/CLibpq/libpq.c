// In CI libpq's own header is read first, where libpq-dev is installed: a declaration of ours that differs is an error then.
#ifdef COMPARE_WITH_OWN_HEADERS
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#endif
#endif

#include "CLibpq.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// What a declaration cannot compare; true of libpq's header and of ours.
_Static_assert(CONNECTION_OK == 0 && CONNECTION_BAD == 1, "ConnStatusType");
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

// One attempt to connect. It belongs to its thread once the caller has given up, else to the caller.
struct attempt {
  pthread_mutex_t lock;
  pthread_cond_t ended;
  char **keywords;
  char **values;
  PGconn *connection;
  bool has_ended;
  bool given_up;
};

static void release(char **texts) {
  for (char **text = texts; text != NULL && *text != NULL; text++) free(*text);
  free(texts);
}

// The copies of keywords and values; NULL where memory is short.
static char **copied(const char *const *texts) {
  size_t count = 0;
  while (texts[count] != NULL) count++;
  char **copies = calloc(count + 1, sizeof(char *));
  for (size_t i = 0; copies != NULL && i < count; i++) {
    copies[i] = strdup(texts[i]);
    if (copies[i] == NULL) {
      release(copies);
      return NULL;
    }
  }
  return copies;
}

static void destroy(struct attempt *attempt) {
  release(attempt->keywords);
  release(attempt->values);
  pthread_cond_destroy(&attempt->ended);
  pthread_mutex_destroy(&attempt->lock);
  free(attempt);
}

// Notices are nothing to print, and could steer a terminal.
static void drop_notice(void *argument, const char *message) {
  (void)argument;
  (void)message;
}

// Of a connection that is not there yet libpq prints the server's notices, unless it was told before: so it is begun, told, and
// begun anew, by the one call of libpq that waits for one address after the other. The server has seen nothing of the first.
static PGconn *connected(const char *const *keywords, const char *const *values) {
  PGconn *connection = functions.PQconnectStartParams(keywords, values, 1);
  if (connection == NULL) return NULL;
  functions.PQsetNoticeProcessor(connection, drop_notice, NULL);
  // Why is in its message, which beginning anew would forget.
  if (functions.PQstatus(connection) != CONNECTION_BAD) functions.PQreset(connection);
  return connection;
}

static void *connect_once(void *argument) {
  struct attempt *attempt = argument;
  PGconn *connection = connected((const char *const *)attempt->keywords, (const char *const *)attempt->values);
  pthread_mutex_lock(&attempt->lock);
  attempt->connection = connection;
  attempt->has_ended = true;
  bool given_up = attempt->given_up;
  pthread_cond_signal(&attempt->ended);
  pthread_mutex_unlock(&attempt->lock);
  if (given_up) {
    functions.PQfinish(connection);
    destroy(attempt);
  }
  return NULL;
}

// Large blocks have a mapping of their own from 32 MiB on at the latest. Looked up, so that no newer C library is needed.
size_t libpq_mapped_bytes(void) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  struct mallinfo2 (*information)(void) = (struct mallinfo2(*)(void))dlsym(RTLD_DEFAULT, "mallinfo2");
  return information == NULL ? 0 : information().hblkhd;
#else
  return 0;
#endif
}

// The earlier of two times: the end, and 20 ms from now.
static struct timespec next_look(struct timespec until) {
  struct timespec soon;
  clock_gettime(CLOCK_MONOTONIC, &soon);
  long nanoseconds = soon.tv_nsec + 20 * 1000000L;
  soon.tv_sec += nanoseconds / 1000000000;
  soon.tv_nsec = nanoseconds % 1000000000;
  bool is_later = soon.tv_sec > until.tv_sec || (soon.tv_sec == until.tv_sec && soon.tv_nsec > until.tv_nsec);
  return is_later ? until : soon;
}

static bool is_past(struct timespec until) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec);
}

PGconn *libpq_connect(
    const char *const *keywords, const char *const *values, int milliseconds, size_t memory_limit, int *timed_out) {
  *timed_out = 0;
  size_t mapped_before = libpq_mapped_bytes();
  struct attempt *attempt = calloc(1, sizeof(struct attempt));
  if (attempt == NULL) return NULL;
  pthread_condattr_t clock;
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(&attempt->ended, &clock);
  pthread_condattr_destroy(&clock);
  pthread_mutex_init(&attempt->lock, NULL);
  attempt->keywords = copied(keywords);
  attempt->values = copied(values);
  pthread_t thread;
  if (attempt->keywords == NULL || attempt->values == NULL ||
      pthread_create(&thread, NULL, connect_once, attempt) != 0) {
    destroy(attempt);
    return NULL;
  }
  pthread_detach(thread);

  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  long nanoseconds = until.tv_nsec + (long)(milliseconds % 1000) * 1000000;
  until.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
  until.tv_nsec = nanoseconds % 1000000000;
  pthread_mutex_lock(&attempt->lock);
  bool is_too_large = false;
  while (!attempt->has_ended && !is_too_large && !is_past(until)) {
    struct timespec look = next_look(until);
    pthread_cond_timedwait(&attempt->ended, &attempt->lock, &look);
    size_t mapped = libpq_mapped_bytes();
    is_too_large = mapped > mapped_before && mapped - mapped_before > memory_limit;
  }
  PGconn *connection = attempt->connection;
  bool has_ended = attempt->has_ended;
  attempt->given_up = !has_ended;
  pthread_mutex_unlock(&attempt->lock);
  if (has_ended) {
    destroy(attempt);
  } else {
    *timed_out = is_too_large ? 2 : 1;
  }
  return connection;
}
