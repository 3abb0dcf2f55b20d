#ifndef CLZ4_H
#define CLZ4_H

// What slotscope calls of LZ4's frame format, by the interface of liblz4.so.1, which only ever grows (all of it is there since
// 1.8.0). Declared here, so that a build needs nothing of LZ4; in CI the compiler compares the declarations with LZ4's own
// header, where that is installed (lz4.c).

#include <stddef.h>

#pragma clang assume_nonnull begin

// LZ4's own header comes first where the two are compared; it then brings the types.
#ifndef LZ4F_VERSION
#define LZ4F_VERSION 100
typedef struct LZ4F_dctx_s LZ4F_dctx;
typedef struct LZ4F_decompress_options LZ4F_decompressOptions_t;
#endif

size_t LZ4F_createDecompressionContext(LZ4F_dctx *_Nullable *_Nonnull context, unsigned version);
size_t LZ4F_freeDecompressionContext(LZ4F_dctx *_Nullable context);
void LZ4F_resetDecompressionContext(LZ4F_dctx *context);
size_t LZ4F_decompress(
    LZ4F_dctx *context, void *destination, size_t *destination_size, const void *source, size_t *source_size,
    const LZ4F_decompressOptions_t *_Nullable options);
unsigned LZ4F_isError(size_t code);
const char *LZ4F_getErrorName(size_t code);

#define LZ4_FUNCTIONS(F)                                                                                               \
  F(LZ4F_createDecompressionContext) F(LZ4F_freeDecompressionContext) F(LZ4F_resetDecompressionContext)                \
  F(LZ4F_decompress) F(LZ4F_isError) F(LZ4F_getErrorName)

/// LZ4's functions, each with the type declared above.
struct lz4 {
#define MEMBER(name) __typeof__(name) *name;
  LZ4_FUNCTIONS(MEMBER)
#undef MEMBER
};

/// Loads liblz4.so.1 on the first call: most directories and archives have no such file. NULL where the library, or a function
/// of it, is not on this machine.
const struct lz4 *_Nullable lz4_load(void);

#pragma clang assume_nonnull end

#endif
