#include "cchecksum.h"
#include "wal_records.h"

#include <stdatomic.h>

// Which version runs is decided once. Two threads that decide at the same time decide the same.

typedef uint32_t (*extend_function)(uint32_t, const void *, size_t);

static uint32_t extend_first_call(uint32_t crc, const void *bytes, size_t count);

static uint32_t record_first_call(const void *record, size_t count);

static size_t records_first_call(const void *page, size_t offset, size_t end, uint64_t address, uint64_t previous);

static _Atomic(extend_function) chosen = extend_first_call;
_Atomic(crc32c_record_function) crc32c_chosen_for_records = record_first_call;
_Atomic(crc32c_records_function) crc32c_chosen_for_pages = records_first_call;

static uint32_t extend_first_call(uint32_t crc, const void *bytes, size_t count) {
  extend_function best = crc32c_has_instruction() ? crc32c_extend_three_streams : crc32c_extend_portable;
  atomic_store_explicit(&chosen, best, memory_order_relaxed);
  return best(crc, bytes, count);
}

static uint32_t record_portable(const void *record, size_t count) {
  const uint8_t *bytes = record;
  return crc32c_extend_portable(crc32c_extend_portable(0, bytes + 24, count - 24), bytes, 20);
}

CRC32C_WAL_RECORDS(static size_t records_portable, record_portable)

static uint32_t record_first_call(const void *record, size_t count) {
  crc32c_record_function best = crc32c_has_instruction() ? crc32c_wal_record_by_instruction : record_portable;
  atomic_store_explicit(&crc32c_chosen_for_records, best, memory_order_relaxed);
  return best(record, count);
}

static size_t records_first_call(const void *page, size_t offset, size_t end, uint64_t address, uint64_t previous) {
  crc32c_records_function best = crc32c_has_instruction() ? crc32c_wal_records_by_instruction : records_portable;
  atomic_store_explicit(&crc32c_chosen_for_pages, best, memory_order_relaxed);
  return best(page, offset, end, address, previous);
}

uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t count) {
  return atomic_load_explicit(&chosen, memory_order_relaxed)(crc, bytes, count);
}
