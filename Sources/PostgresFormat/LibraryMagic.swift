import ByteReading

/// For which major a library was built: the block that `PG_MODULE_MAGIC` puts into each that a server loads (`Pg_magic_struct`,
/// `Pg_abi_values` in src/include/fmgr.h).
package enum LibraryMagic {
  /// The block's first numbers are those of the version, `FUNC_MAX_ARGS`, `INDEX_MAX_KEYS`, `NAMEDATALEN` and a flag that is on, each of
  /// four bytes.
  private static let limits: [UInt32] = [100, 32, 64, 1]

  /// nil where there is no such block, as in a library that no server loads or one of another byte order, or of no version that is read.
  package static func version(in bytes: RawSpan) -> ServerVersion? {
    let length = 4 * (1 + limits.count)
    for offset in stride(from: 0, through: bytes.byteCount - length, by: 4) where isBlock(bytes, at: offset) {
      guard let number = try? bytes.u32(at: offset, field: "version") else { return nil }
      // 906, 1000, 1700.
      let name = number < 1000 ? "\(number / 100).\(number % 100)" : "\(number / 100)"
      if let version = ServerVersion(name: name) { return version }
    }
    return nil
  }

  private static func isBlock(_ bytes: RawSpan, at offset: Int) -> Bool {
    for (index, limit) in limits.enumerated() {
      // SAFETY: the caller leaves room for the whole block, and any bit pattern is a number.
      let found = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + 4 + 4 * index, as: UInt32.self)
      if UInt32(littleEndian: found) != limit { return false }
    }
    return true
  }
}
