#ifndef CLIBPQ_H
#define CLIBPQ_H

// What slotscope calls of libpq, by the interface of libpq.so.5, which only ever grows. Declared here, so that a build needs
// nothing of PostgreSQL; in CI the compiler compares the declarations with libpq's own header (libpq.c). All of the
// functions are there since PostgreSQL 9.2.

#include <stddef.h>

#pragma clang assume_nonnull begin

// libpq's own header comes first where the two are compared; it then brings the types.
#ifndef LIBPQ_FE_H
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

/// The state of a connection: there, given up, or, with any other value, under way.
typedef enum { CONNECTION_OK = 0, CONNECTION_BAD = 1 } ConnStatusType;

/// What a result is; the values not named here are of other uses of libpq (copying, pipelines).
typedef enum {
  PGRES_COMMAND_OK = 1,
  PGRES_TUPLES_OK = 2,
  PGRES_FATAL_ERROR = 7,
  /// A part of the rows, in single-row mode.
  PGRES_SINGLE_TUPLE = 9
} ExecStatusType;

/// One keyword of a connection string. A list ends with an element without a keyword.
typedef struct {
  char *_Nullable keyword;
  char *_Nullable envvar;
  char *_Nullable compiled;
  /// The value, NULL where the string gives none.
  char *_Nullable val;
  char *_Nullable label;
  char *_Nullable dispchar;
  int dispsize;
} PQconninfoOption;

/// What NOTIFY sent; freed by one call of PQfreemem.
typedef struct pgNotify PGnotify;

typedef void (*PQnoticeProcessor)(void *_Nullable argument, const char *message);
#endif

PGconn *_Nullable PQconnectStartParams(
    const char *_Nullable const *_Nonnull keywords, const char *_Nullable const *_Nonnull values, int expand_dbname);
void PQreset(PGconn *connection);
PQconninfoOption *_Nullable PQconninfoParse(const char *conninfo, char *_Nullable *_Nullable message);
void PQconninfoFree(PQconninfoOption *options);
void PQfinish(PGconn *connection);
ConnStatusType PQstatus(const PGconn *connection);
char *_Nullable PQerrorMessage(const PGconn *connection);
int PQconnectionNeedsPassword(const PGconn *connection);
int PQserverVersion(const PGconn *connection);
char *_Nullable PQhost(const PGconn *connection);
char *_Nullable PQpass(const PGconn *connection);
int PQsocket(const PGconn *connection);
PQnoticeProcessor _Nullable PQsetNoticeProcessor(
    PGconn *connection, PQnoticeProcessor _Nullable processor, void *_Nullable argument);
int PQsetnonblocking(PGconn *connection, int on);
int PQsendQuery(PGconn *connection, const char *query);
int PQsetSingleRowMode(PGconn *connection);
int PQflush(PGconn *connection);
int PQconsumeInput(PGconn *connection);
int PQisBusy(PGconn *connection);
PGresult *_Nullable PQgetResult(PGconn *connection);
PGnotify *_Nullable PQnotifies(PGconn *connection);
void PQfreemem(void *memory);
void PQclear(PGresult *result);
ExecStatusType PQresultStatus(const PGresult *result);
char *_Nullable PQresultErrorField(const PGresult *result, int field);
int PQntuples(const PGresult *result);
int PQnfields(const PGresult *result);
char *_Nullable PQfname(const PGresult *result, int column);
int PQgetisnull(const PGresult *result, int row, int column);
char *_Nullable PQgetvalue(const PGresult *result, int row, int column);
int PQgetlength(const PGresult *result, int row, int column);

#define LIBPQ_FUNCTIONS(F)                                                                                             \
  F(PQconnectStartParams) F(PQconninfoFree) F(PQconninfoParse) F(PQfinish) F(PQstatus) F(PQerrorMessage)               \
  F(PQconnectionNeedsPassword) F(PQserverVersion) F(PQhost) F(PQsocket) F(PQsetNoticeProcessor) F(PQsetnonblocking)    \
  F(PQsendQuery) F(PQsetSingleRowMode) F(PQflush) F(PQconsumeInput) F(PQisBusy) F(PQgetResult) F(PQclear)              \
  F(PQresultStatus) F(PQresultErrorField) F(PQntuples) F(PQnfields) F(PQfname) F(PQgetisnull) F(PQgetvalue)            \
  F(PQgetlength) F(PQnotifies) F(PQfreemem) F(PQpass) F(PQreset)

/// libpq's functions, each with the type declared above.
struct libpq {
#define MEMBER(name) __typeof__(name) *name;
  LIBPQ_FUNCTIONS(MEMBER)
#undef MEMBER
};

/// Loads libpq.so.5 on the first call: linked, it would add 4 ms and 20 libraries to every start of a program that mostly
/// reads files, and keep it from running where libpq is not installed. NULL where the library, or a function of it, is not on this machine.
const struct libpq *_Nullable libpq_load(void);

/// Bytes of this process in allocations of their own, as large ones are (`hblkhd` of mallinfo2): what libpq takes for a
/// message as soon as it knows how long that is said to be. 0 where the C library does not tell (glibc before 2.33, others).
size_t libpq_mapped_bytes(void);

/// What PQconnectdbParams does, without a word of the server's on standard error, and with an end, whatever connect_timeout says and however many addresses there are: it runs in a thread of its
/// own, which is left to itself after so many milliseconds. NULL then, and where there is no memory or thread; `timed_out`
/// tells which: 1 for the time, 2 where what the server sent took more than `memory_limit` bytes meanwhile. The two lists are copied, and end with NULL. libpq must have been loaded.
PGconn *_Nullable libpq_connect(
    const char *_Nullable const *_Nonnull keywords, const char *_Nullable const *_Nonnull values, int milliseconds,
    size_t memory_limit, int *timed_out);

#pragma clang assume_nonnull end

#endif
