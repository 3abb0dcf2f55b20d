internal import CChecksum

/// The checksum of every file and record since 9.5 (`pg_crc32c`): Castagnoli's polynomial, reflected, initial value and
/// final exclusive-or all ones. Follows src/include/port/pg_crc32c.h.
package enum CRC32C {
  /// The checksum of some bytes.
  package static func checksum(_ bytes: RawSpan) -> UInt32 { extend(0, with: bytes) }

  /// The checksum of what `checksum` covers followed by `bytes`; 0 is the checksum of nothing.
  package static func extend(_ checksum: UInt32, with bytes: RawSpan) -> UInt32 {
    // SAFETY: the C function reads exactly `count` bytes of the borrowed memory and keeps nothing.
    unsafe bytes.withUnsafeBytes { unsafe crc32c_extend(checksum, $0.baseAddress, $0.count) }
  }
}

/// The checksum of 9.4 and before (`pg_crc32`): the table of the reflected polynomial 0xEDB88320, but a register that
/// shifts to the left, so that it is not the CRC-32 of zlib. Only needed to recognize files of those versions.
/// Follows src/include/utils/pg_crc.h of 9.4.
package enum LegacyCRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  /// The value as 9.4 stores it: all ones at the start, inverted at the end; 0xC40ED0B0 for `123456789`.
  package static func checksum(_ bytes: RawSpan) -> UInt32 {
    var register = UInt32.max
    for index in bytes.byteOffsets {
      // SAFETY: the index is one of the span's own offsets, and any bit pattern is a byte.
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      register = table[Int(register >> 24 ^ UInt32(byte)) & 0xFF] ^ register << 8
    }
    return ~register
  }
}
