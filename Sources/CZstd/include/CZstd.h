#ifndef CZSTD_H
#define CZSTD_H

// What slotscope calls of Zstandard, by the interface of libzstd.so.1, which only ever grows (all of it is there since 1.4.0).
// Declared here, so that a build needs nothing of Zstandard; in CI the compiler compares the declarations with its own
// header, where that is installed (zstd.c).

#include <stddef.h>

#pragma clang assume_nonnull begin

// Zstandard's own header comes first where the two are compared; it then brings the types.
#ifndef ZSTD_VERSION_NUMBER
typedef struct ZSTD_DCtx_s ZSTD_DCtx;

/// Bytes to read: `pos` of them have been read.
typedef struct ZSTD_inBuffer_s {
  const void *_Nullable src;
  size_t size;
  size_t pos;
} ZSTD_inBuffer;

/// Room to write to: `pos` bytes of it have been written.
typedef struct ZSTD_outBuffer_s {
  void *_Nullable dst;
  size_t size;
  size_t pos;
} ZSTD_outBuffer;

/// What is reset: here, what belongs to the frame.
typedef enum { ZSTD_reset_session_only = 1 } ZSTD_ResetDirective;
#endif

ZSTD_DCtx *_Nullable ZSTD_createDCtx(void);
size_t ZSTD_freeDCtx(ZSTD_DCtx *_Nullable context);
size_t ZSTD_DCtx_reset(ZSTD_DCtx *context, ZSTD_ResetDirective reset);
size_t ZSTD_decompressStream(ZSTD_DCtx *context, ZSTD_outBuffer *output, ZSTD_inBuffer *input);
unsigned ZSTD_isError(size_t code);
const char *ZSTD_getErrorName(size_t code);

#define ZSTD_FUNCTIONS(F)                                                                                              \
  F(ZSTD_createDCtx) F(ZSTD_freeDCtx) F(ZSTD_DCtx_reset) F(ZSTD_decompressStream) F(ZSTD_isError) F(ZSTD_getErrorName)

/// Zstandard's functions, each with the type declared above.
struct zstd {
#define MEMBER(name) __typeof__(name) *name;
  ZSTD_FUNCTIONS(MEMBER)
#undef MEMBER
};

/// Loads libzstd.so.1 on the first call: most directories and archives have no such file. NULL where the library, or a function
/// of it, is not on this machine.
const struct zstd *_Nullable zstd_load(void);

#pragma clang assume_nonnull end

#endif
