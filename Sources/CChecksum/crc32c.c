#include "cchecksum.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

// The portable version: one table of 256 entries, made on first use by constant initialisation below.

#define POLYNOMIAL 0x82F63B78u

static uint32_t table[256];
static atomic_bool table_ready;

static void make_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++) c = (c >> 1) ^ ((c & 1) ? POLYNOMIAL : 0);
    table[i] = c;
  }
  atomic_store_explicit(&table_ready, true, memory_order_release);
}

uint32_t crc32c_extend_portable(uint32_t crc, const void *bytes, size_t count) {
  if (!atomic_load_explicit(&table_ready, memory_order_acquire)) make_table();
  const uint8_t *p = bytes;
  uint32_t c = ~crc;
  while (count--) c = table[(c ^ *p++) & 0xFF] ^ (c >> 8);
  return ~c;
}

uint32_t crc32c_extend(uint32_t crc, const void *bytes, size_t count) {
  return crc32c_extend_portable(crc, bytes, count);
}
