// The checks of ChecksumVersionTests.swift for machines that the tests cannot run on: compiled for another processor and run
// by an emulator (`make test-arm64`). Ends with 1 and says what differs, or with the number of comparisons.

#include "cchecksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long comparisons, failures;

static void expect(uint32_t found, uint32_t wanted, const char *what, size_t count) {
  comparisons++;
  if (found == wanted) return;
  failures++;
  printf("%s, %zu bytes: %08x instead of %08x\n", what, count, found, wanted);
}

// What a record's checksum is by its definition: the body's, continued by the first 20 bytes.
static uint32_t record_by_definition(const uint8_t *record, size_t count) {
  return crc32c_extend_portable(crc32c_extend_portable(0, record + 24, count - 24), record, 20);
}

static void known_vectors(void) {
  uint8_t zeros[32] = {0}, ones[32], ascending[32];
  memset(ones, 0xFF, sizeof ones);
  for (int i = 0; i < 32; i++) ascending[i] = (uint8_t)i;
  // RFC 3720, appendix B.4, and the usual check value.
  expect(crc32c_extend(0, "123456789", 9), 0xE3069283, "check value", 9);
  expect(crc32c_extend_portable(0, "123456789", 9), 0xE3069283, "check value, portable", 9);
  expect(crc32c_extend(0, zeros, 32), 0x8A9136AA, "zeros", 32);
  expect(crc32c_extend(0, ones, 32), 0x62A8AB43, "ones", 32);
  expect(crc32c_extend(0, ascending, 32), 0x46DD794E, "ascending", 32);
}

static void all_versions_agree(const uint8_t *bytes) {
  for (size_t count = 0; count <= 20000; count += count < 1100 ? 1 : 61) {
    const uint8_t *start = bytes + rand() % 64;
    uint32_t seed = (uint32_t)rand() * 2654435761u, wanted = crc32c_extend_portable(seed, start, count);
    expect(crc32c_extend(seed, start, count), wanted, "chosen", count);
    expect(crc32c_extend_one_stream(seed, start, count), wanted, "one stream", count);
    expect(crc32c_extend_three_streams(seed, start, count), wanted, "three streams", count);
    if (count < 24) continue;
    const uint8_t *record = bytes + 8 * (rand() % 8);
    expect(crc32c_wal_record(record, count), record_by_definition(record, count), "record", count);
  }
}

// Linked records fill a page; then one byte of the third is changed, and only two are right.
static void pages(void) {
  static _Alignas(8) uint8_t page[8192];
  const uint64_t address = 0x01500000;
  uint64_t previous = 0x014FFF00, first = previous;
  size_t offset = 24, third = 0;
  for (uint32_t total = 31, n = 0; offset + total <= sizeof page; total += 37, n++) {
    uint8_t *record = page + offset;
    if (n == 2) third = offset;
    for (uint32_t i = 24; i < total; i++) record[i] = (uint8_t)(i * total);
    memcpy(record, &total, 4);
    memcpy(record + 8, &previous, 8);
    uint32_t sum = record_by_definition(record, total);
    memcpy(record + 20, &sum, 4);
    previous = address + offset;
    offset += (total + 7) & ~7u;
  }
  expect((uint32_t)crc32c_wal_records(page, 24, sizeof page, address, first), (uint32_t)offset, "page", offset);
  page[third + 40] ^= 4;
  expect((uint32_t)crc32c_wal_records(page, 24, sizeof page, address, first), (uint32_t)third, "changed page", third);
}

int main(void) {
  static _Alignas(64) uint8_t bytes[24576];
  srand(1);
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(rand() >> 7);
  known_vectors();
  all_versions_agree(bytes);
  pages();
  printf("%lu comparisons, %lu failures, %s\n", comparisons, failures,
         crc32c_has_instruction() ? "with the processor's instruction" : "portable only");
  return failures != 0 || !crc32c_has_instruction();
}
