internal import ByteReading

/// The checks that several of the small files share. Each throws with the numbers in the form in which they are shown:
/// magic numbers and checksums as `0x` and eight hex digits, versions and lengths in decimal.
extension RawSpan {
  /// Throws unless the four bytes at `offset` are `magic`; a swapped one is ``FormatError/Code/wrongByteOrder``.
  func checkMagic(_ magic: UInt32, at offset: Int = 0) throws(FormatError) {
    let found = try u32(at: offset, field: "magic")
    guard found != magic else { return }
    throw FormatError(
      found == magic.byteSwapped ? .wrongByteOrder : .badMagic, at: offset, field: "magic", expected: hex32(magic),
      found: hex32(found))
  }

  /// What is wrong with a stored checksum, nil where it is that of `covered`.
  func checksumError(
    at offset: Int, over covered: Range<Int>, field: StaticString
  ) throws(FormatError) -> FormatError? {
    let stored = try u32(at: offset, field: field)
    let computed = CRC32C.checksum(try slice(at: covered.lowerBound, count: covered.count, field: field))
    guard stored != computed else { return nil }
    return FormatError(
      .badChecksum, at: offset, field: "\(field)", expected: hex32(computed), found: hex32(stored))
  }

  func verifyChecksum(at offset: Int, over covered: Range<Int>, field: StaticString) throws(FormatError) {
    if let error = try checksumError(at: offset, over: covered, field: field) { throw error }
  }

  /// The checksum at offset 4 of slot states and serialized snapshots. A file of 9.4 is known by its other checksum.
  func verifyStateChecksum(over covered: Range<Int>) throws(FormatError) {
    guard let error = try checksumError(at: 4, over: covered, field: "checksum") else { return }
    let bytes = try slice(at: covered.lowerBound, count: covered.count, field: "checksum")
    guard LegacyCRC32.checksum(bytes) == (try u32(at: 4, field: "checksum")) else { throw error }
    throw FormatError(
      .unsupportedVersion, at: 4, field: "checksum", expected: "PostgreSQL 9.6 or later", found: "PostgreSQL 9.4")
  }
}
