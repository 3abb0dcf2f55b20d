#include "cchecksum.h"

#include <stdatomic.h>

// Which version runs is decided once. Two threads that decide at the same time decide the same.

typedef uint32_t (*extend_function)(uint32_t, const void *, size_t);

static uint32_t extend_first_call(uint32_t crc, const void *bytes, size_t count);

static _Atomic(extend_function) chosen = extend_first_call;

static uint32_t extend_first_call(uint32_t crc, const void *bytes, size_t count) {
  extend_function best = crc32c_has_instruction() ? crc32c_extend_three_streams : crc32c_extend_portable;
  atomic_store_explicit(&chosen, best, memory_order_relaxed);
  return best(crc, bytes, count);
}

uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t count) {
  return atomic_load_explicit(&chosen, memory_order_relaxed)(crc, bytes, count);
}

uint32_t crc32c_wal_record(const void *record, size_t count) {
  extend_function extend = atomic_load_explicit(&chosen, memory_order_relaxed);
  const uint8_t *bytes = record;
  return extend(extend(0, bytes + 24, count - 24), bytes, 20);
}
