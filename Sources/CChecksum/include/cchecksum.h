#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) as PostgreSQL 9.5 and later store it: initial value and
/// final exclusive-or are all ones. `crc` is the finished checksum of what came before; 0 starts a new one.
/// The fastest version that the machine has is chosen on the first call. Follows src/include/port/pg_crc32c.h.
uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t count);

// Which version sums records; settled by the first call.
typedef uint32_t (*crc32c_record_function)(const void *, size_t);
extern _Atomic(crc32c_record_function) crc32c_chosen_for_records;

/// The checksum of a whole WAL record of `count` bytes, at least 24: what follows the header first, then the header's
/// first 20 bytes. All bytes up to the next multiple of eight must be readable, as they are on a WAL page, where records
/// begin at multiples of eight; those after `count` do not count. Follows ValidXLogRecord in src/backend/access/transam/xlogreader.c.
static inline uint32_t crc32c_wal_record(const void *record, size_t count) {
  return atomic_load_explicit(&crc32c_chosen_for_records, memory_order_relaxed)(record, count);
}

/// How far the records of a page are right: from `offset` on, each linked to the one before it, within the page, and with the
/// right checksum. `page` are the bytes of the page, of which the first `end` can be read, a multiple of eight; `address` is
/// its position in the WAL and `previous` that of the record before the first. Returns the offset after the last such record,
/// rounded up to eight: `offset` itself where the first is not. One call for a page, because a call for each record costs
/// as much as a short record's checksum.
typedef size_t (*crc32c_records_function)(const void *page, size_t offset, size_t end, uint64_t address, uint64_t previous);
extern _Atomic(crc32c_records_function) crc32c_chosen_for_pages;

static inline size_t crc32c_wal_records(
    const void *page, size_t offset, size_t end, uint64_t address, uint64_t previous) {
  return atomic_load_explicit(&crc32c_chosen_for_pages, memory_order_relaxed)(page, offset, end, address, previous);
}

/// The portable table version of `crc32c_extend`, for machines without the instruction and to test the fast ones.
uint32_t crc32c_extend_portable(uint32_t crc, const void *bytes, size_t count);

/// The versions that use the processor's instruction: one stream, and three interleaved streams for long inputs;
/// and the sums of records made of them.
/// Call them only where `crc32c_has_instruction` says so; elsewhere they are the portable version.
uint32_t crc32c_extend_one_stream(uint32_t crc, const void *bytes, size_t count);
uint32_t crc32c_extend_three_streams(uint32_t crc, const void *bytes, size_t count);
uint32_t crc32c_wal_record_by_instruction(const void *record, size_t count);
size_t crc32c_wal_records_by_instruction(
    const void *page, size_t offset, size_t end, uint64_t address, uint64_t previous);
bool crc32c_has_instruction(void);

#endif
