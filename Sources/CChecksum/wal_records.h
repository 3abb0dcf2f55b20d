#ifndef WAL_RECORDS_H
#define WAL_RECORDS_H

#include "cchecksum.h"

#include <string.h>

// The body of crc32c_wal_records around one way to sum a record, so that the sum is part of the loop. Offsets follow
// XLogRecord in src/include/access/xlogrecord.h: length at 0, link at 8, checksum at 20.
#define CRC32C_WAL_RECORDS(declaration, sum)                                                                \
  declaration(const void *page, size_t offset, size_t end, uint64_t address, uint64_t previous) {           \
    const uint8_t *bytes = page;                                                                            \
    while (end - offset >= 24) {                                                                            \
      const uint8_t *record = bytes + offset;                                                               \
      uint32_t total, checksum;                                                                             \
      uint64_t link;                                                                                        \
      memcpy(&total, record, 4);                                                                            \
      memcpy(&link, record + 8, 8);                                                                         \
      memcpy(&checksum, record + 20, 4);                                                                    \
      if (total < 24 || total > end - offset || link != previous || sum(record, total) != checksum) break;  \
      previous = address + offset;                                                                          \
      offset += (total + (size_t)7) & ~(size_t)7;                                                           \
    }                                                                                                       \
    return offset;                                                                                          \
  }

#endif
