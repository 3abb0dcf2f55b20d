#include "cchecksum.h"
#include "wal_records.h"

#include <string.h>

// The processor's CRC-32C instruction takes eight bytes a step, but each step waits for the one before it. Long inputs
// are therefore read as three streams side by side. Joining them multiplies the first two by the power of x that stands for
// the bytes after them, with a carry-less multiplication.

// Each stream's bytes in a long and a short round. A round reads three streams.
#define LONG_STREAM 1344u
#define SHORT_STREAM 168u

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("sse4.2,pclmul")))
#define STEP_64(crc, word) _mm_crc32_u64(crc, word)
#define STEP_32(crc, word) _mm_crc32_u32(crc, word)
#define STEP_16(crc, half) _mm_crc32_u16(crc, half)
#define STEP_8(crc, byte) _mm_crc32_u8(crc, byte)

bool crc32c_has_instruction(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}

TARGET static inline uint64_t carryless_product(uint32_t a, uint32_t b) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(a), _mm_cvtsi64_si128(b), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_acle.h>
#include <arm_neon.h>
#include <sys/auxv.h>

#define TARGET __attribute__((target("+crc+crypto")))
#define STEP_64(crc, word) __crc32cd((uint32_t)(crc), word)
#define STEP_32(crc, word) __crc32cw(crc, word)
#define STEP_16(crc, half) __crc32ch(crc, half)
#define STEP_8(crc, byte) __crc32cb(crc, byte)

bool crc32c_has_instruction(void) {
  const unsigned long pmull = 1ul << 4, crc32 = 1ul << 7;
  return (getauxval(AT_HWCAP) & (pmull | crc32)) == (pmull | crc32);
}

TARGET static inline uint64_t carryless_product(uint32_t a, uint32_t b) {
  return (uint64_t)vmull_p64((poly64_t)a, (poly64_t)b);
}

#else

bool crc32c_has_instruction(void) { return false; }

uint32_t crc32c_extend_one_stream(uint32_t crc, const void *bytes, size_t count) {
  return crc32c_extend_portable(crc, bytes, count);
}

uint32_t crc32c_extend_three_streams(uint32_t crc, const void *bytes, size_t count) {
  return crc32c_extend_portable(crc, bytes, count);
}

uint32_t crc32c_wal_record_by_instruction(const void *record, size_t count) {
  const uint8_t *bytes = record;
  return crc32c_extend_portable(crc32c_extend_portable(0, bytes + 24, count - 24), bytes, 20);
}

CRC32C_WAL_RECORDS(size_t crc32c_wal_records_by_instruction, crc32c_wal_record_by_instruction)

#endif

#ifdef TARGET

static inline uint64_t word_at(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

TARGET static inline uint32_t one_stream(uint32_t start, const uint8_t *p, size_t count) {
  uint64_t crc = start;
  for (; count >= 8; p += 8, count -= 8) crc = STEP_64(crc, word_at(p));
  // Each step waits for the one before, so the last bytes are taken in as few as can be.
  uint32_t c = (uint32_t)crc;
  if (count & 4) {
    uint32_t word;
    memcpy(&word, p, 4);
    c = STEP_32(c, word);
    p += 4;
  }
  if (count & 2) {
    uint16_t half;
    memcpy(&half, p, 2);
    c = STEP_16(c, half);
    p += 2;
  }
  return count & 1 ? STEP_8(c, *p) : c;
}

// One round of three streams of `stream` bytes each. `over_one` and `over_two` stand for one and two streams' bytes: x to
// the power of 8 * bytes - 33, reflected. The 33 are what the product and the instruction's own step add.
TARGET static inline uint32_t three_streams(
    uint32_t c, const uint8_t *p, size_t stream, uint32_t over_one, uint32_t over_two) {
  uint64_t first = c, second = 0, third = 0;
  size_t last = stream - 8;
  for (size_t i = 0; i < last; i += 8) {
    first = STEP_64(first, word_at(p + i));
    second = STEP_64(second, word_at(p + stream + i));
    third = STEP_64(third, word_at(p + 2 * stream + i));
  }
  first = STEP_64(first, word_at(p + last));
  second = STEP_64(second, word_at(p + stream + last));
  uint64_t earlier = carryless_product((uint32_t)first, over_two) ^ carryless_product((uint32_t)second, over_one);
  return (uint32_t)STEP_64(third, word_at(p + 2 * stream + last) ^ earlier);
}

TARGET uint32_t crc32c_extend_one_stream(uint32_t crc, const void *bytes, size_t count) {
  return ~one_stream(~crc, bytes, count);
}

#if defined(__x86_64__)

// Where the processor has 512-bit carry-less multiplication, a lane of 64 bytes is folded onto bytes after it: each half of
// its 128-bit parts times the power of x that stands for the distance, and for where the half stands. Long inputs go
// through four lanes side by side, 256 bytes a step, which are then folded onto each other. The last 64 bytes that are left
// are summed like any others.
#define LANE 64u
#define WIDE_STEP (4 * LANE)
// From here on it is faster than the instruction alone.
#define WIDE_LEAST (3 * LANE)
#define WIDE_TARGET __attribute__((target("avx512f,vpclmulqdq,sse4.2,pclmul")))

static bool has_wide_multiplication(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq");
}

WIDE_TARGET static inline __m512i fold(__m512i lane, __m512i powers, __m512i next) {
  __m512i low = _mm512_clmulepi64_epi128(lane, powers, 0x00), high = _mm512_clmulepi64_epi128(lane, powers, 0x11);
  return _mm512_ternarylogic_epi64(low, high, next, 0x96);
}

// Folds all whole lanes, at least one; the rest is for the caller.
WIDE_TARGET static uint32_t fold_wide(uint32_t c, const uint8_t **bytes, size_t *count) {
  const uint8_t *p = *bytes, *end = p + *count / LANE * LANE;
  // x to the power of the distance in bits less 33 and plus 31, reflected: for 64 and for 256 bytes.
  const __m512i over_lane = _mm512_broadcast_i32x4(_mm_set_epi64x(0x9E4ADDF8, 0x740EEF02));
  const __m512i over_step = _mm512_broadcast_i32x4(_mm_set_epi64x(0xB9E02B86, 0xDCB17AA4));
  __m512i sum = _mm512_xor_si512(_mm512_loadu_si512(p), _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)c)));
  p += LANE;
  if ((size_t)(end - p) >= 2 * WIDE_STEP) {
    __m512i lane[4] = {sum};
    for (int i = 1; i < 4; i++, p += LANE) lane[i] = _mm512_loadu_si512(p);
    for (; (size_t)(end - p) >= WIDE_STEP; p += WIDE_STEP)
      for (int i = 0; i < 4; i++) lane[i] = fold(lane[i], over_step, _mm512_loadu_si512(p + i * LANE));
    sum = lane[0];
    for (int i = 1; i < 4; i++) sum = fold(sum, over_lane, lane[i]);
  }
  for (; p < end; p += LANE) sum = fold(sum, over_lane, _mm512_loadu_si512(p));
  uint8_t folded[LANE];
  _mm512_storeu_si512(folded, sum);
  *count -= (size_t)(end - *bytes);
  *bytes = end;
  return one_stream(0, folded, LANE);
}

#else
// Without it, three short streams are the least that several streams are worth.
#define WIDE_LEAST (3 * SHORT_STREAM)
#endif

TARGET static inline uint32_t many_streams(uint32_t c, const uint8_t *p, size_t count) {
#if defined(__x86_64__)
  if (count >= WIDE_LEAST && has_wide_multiplication()) c = fold_wide(c, &p, &count);
#endif
  for (; count >= 3 * LONG_STREAM; p += 3 * LONG_STREAM, count -= 3 * LONG_STREAM)
    c = three_streams(c, p, LONG_STREAM, 0xC9C8B782u, 0x889774E1u);
  for (; count >= 3 * SHORT_STREAM; p += 3 * SHORT_STREAM, count -= 3 * SHORT_STREAM)
    c = three_streams(c, p, SHORT_STREAM, 0x1B3D8F29u, 0xA60CE07Bu);
  return one_stream(c, p, count);
}

TARGET uint32_t crc32c_extend_three_streams(uint32_t crc, const void *bytes, size_t count) {
  return ~many_streams(~crc, bytes, count);
}

// The last bytes of a record, fewer than eight, in one step and without a branch: lengths vary from record to record, and
// no branch on them can be foreseen. They are moved to the upper end of a word of zeros, which count for nothing there;
// what of the checksum so far reaches beyond them is carried over.
TARGET static inline uint32_t last_bytes(uint32_t c, const uint8_t *p, size_t count) {
  unsigned bits = 8 * (unsigned)count;
  uint64_t mixed = c ^ (word_at(p) & ~(~0ull << bits));
  return (uint32_t)STEP_64(0, mixed << 8 << (56 - bits)) ^ (uint32_t)(mixed >> bits);
}

TARGET static inline uint32_t wal_record(const void *record, size_t count) {
  const uint8_t *bytes = record;
  const uint8_t *p = bytes + 24, *end = bytes + (count & ~(size_t)7);
  uint64_t crc = ~0u;
  if (count >= 24 + WIDE_LEAST) {
    crc = many_streams(~0u, p, (size_t)(end - p));
  } else {
    for (; p < end; p += 8) crc = STEP_64(crc, word_at(p));
  }
  uint32_t c = count & 7 ? last_bytes((uint32_t)crc, end, count & 7) : (uint32_t)crc;
  crc = STEP_64(c, word_at(bytes));
  crc = STEP_64(crc, word_at(bytes + 8));
  uint32_t info;
  memcpy(&info, bytes + 16, 4);
  return ~STEP_32((uint32_t)crc, info);
}

TARGET uint32_t crc32c_wal_record_by_instruction(const void *record, size_t count) { return wal_record(record, count); }

CRC32C_WAL_RECORDS(TARGET size_t crc32c_wal_records_by_instruction, wal_record)

#endif
