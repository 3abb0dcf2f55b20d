#ifndef CLIBPQ_H
#define CLIBPQ_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#error "libpq-fe.h is missing: run .ci/packages, or install libpq-dev"
#endif

// The functions of libpq that slotscope calls; all of them are there since 9.2.
#define LIBPQ_FUNCTIONS(F)                                                                                             \
  F(PQconnectdbParams) F(PQconninfoFree) F(PQconninfoParse) F(PQfinish) F(PQstatus) F(PQerrorMessage)                  \
  F(PQconnectionNeedsPassword) F(PQserverVersion) F(PQhost) F(PQsocket) F(PQsetNoticeProcessor) F(PQsetnonblocking)    \
  F(PQsendQuery) F(PQsetSingleRowMode) F(PQflush) F(PQconsumeInput) F(PQisBusy) F(PQgetResult) F(PQclear)              \
  F(PQresultStatus) F(PQresultErrorField) F(PQntuples) F(PQnfields) F(PQfname) F(PQgetisnull) F(PQgetvalue)            \
  F(PQgetlength)

/// libpq's functions, each with the type that its header gives it.
struct libpq {
#define MEMBER(name) __typeof__(name) *_Nonnull name;
  LIBPQ_FUNCTIONS(MEMBER)
#undef MEMBER
};

/// Loads libpq.so.5 on the first call: linked, it would add 4 ms and 20 libraries to every start of a program that mostly
/// reads files, and keep it from running where libpq is not installed. NULL where the library, or a function of it, is not on this machine.
const struct libpq *_Nullable libpq_load(void);

#endif
