#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) as PostgreSQL 9.5 and later store it: initial value and
/// final exclusive-or are all ones. `crc` is the finished checksum of what came before; 0 starts a new one.
/// The fastest version that the machine has is chosen on the first call. Follows src/include/port/pg_crc32c.h.
uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t count);

/// The checksum of a whole WAL record of `count` bytes, at least 24: what follows the header first, then the header's
/// first 20 bytes. Follows ValidXLogRecord in src/backend/access/transam/xlogreader.c.
uint32_t crc32c_wal_record(const void *record, size_t count);

/// The portable table version of `crc32c_extend`, for machines without the instruction and to test the fast ones.
uint32_t crc32c_extend_portable(uint32_t crc, const void *bytes, size_t count);

/// The versions that use the processor's instruction: one stream, and three interleaved streams for long inputs.
/// Call them only where `crc32c_has_instruction` says so; elsewhere they are the portable version.
uint32_t crc32c_extend_one_stream(uint32_t crc, const void *bytes, size_t count);
uint32_t crc32c_extend_three_streams(uint32_t crc, const void *bytes, size_t count);
bool crc32c_has_instruction(void);

#endif
