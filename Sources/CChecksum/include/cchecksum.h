#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) as PostgreSQL 9.5 and later store it: initial value and
/// final exclusive-or are all ones. `crc` is the finished checksum of what came before; 0 starts a new one.
/// Follows src/include/port/pg_crc32c.h.
uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t count);

/// The portable table version of `crc32c_extend`, for machines without the instruction and to test the fast ones.
uint32_t crc32c_extend_portable(uint32_t crc, const void *bytes, size_t count);

#endif
