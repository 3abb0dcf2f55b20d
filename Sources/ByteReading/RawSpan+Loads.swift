/// Bounds-checked little-endian loads. PostgreSQL writes its files in the byte order of the machine; slotscope reads
/// those of little-endian servers and refuses the others by their magic numbers.
///
/// Every load throws ``FormatError/Code/tooShort`` instead of reading out of bounds: no input ends the process.
extension RawSpan {
  /// Throws ``FormatError/Code/tooShort`` unless the bytes `offset ..< offset + count` exist.
  @inlinable
  package func require(_ count: Int, at offset: Int, field: StaticString) throws(FormatError) {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw .tooShort(have: byteCount, need: offset, plus: count, field: field)
    }
  }

  /// A fixed-width integer in little-endian order at any alignment.
  @inlinable
  package func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: Int, field: StaticString
  ) throws(FormatError) -> T {
    try require(MemoryLayout<T>.size, at: offset, field: field)
    // SAFETY: the range was checked above; every bit pattern is a valid integer.
    return unsafe T(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// One byte: a C `bool`, `uint8` or `char`, such as a record's `xl_rmid` or a slot's `two_phase`.
  @inlinable package func u8(at offset: Int, field: StaticString) throws(FormatError) -> UInt8 {
    try integer(UInt8.self, at: offset, field: field)
  }
  /// Two bytes: a C `uint16`, such as `xlp_magic` or a `RepOriginId`.
  @inlinable package func u16(at offset: Int, field: StaticString) throws(FormatError) -> UInt16 {
    try integer(UInt16.self, at: offset, field: field)
  }
  /// Four bytes: a C `uint32`, such as a `TransactionId`, an `Oid`, a `TimeLineID` or a checksum.
  @inlinable package func u32(at offset: Int, field: StaticString) throws(FormatError) -> UInt32 {
    try integer(UInt32.self, at: offset, field: field)
  }
  /// Eight bytes: a C `uint64`, such as an `XLogRecPtr` or the system identifier.
  @inlinable package func u64(at offset: Int, field: StaticString) throws(FormatError) -> UInt64 {
    try integer(UInt64.self, at: offset, field: field)
  }
  /// Four bytes in two's complement: a C `int`, such as a count of subtransactions. Negative values are the caller's to
  /// refuse.
  @inlinable package func i32(at offset: Int, field: StaticString) throws(FormatError) -> Int32 {
    try integer(Int32.self, at: offset, field: field)
  }
  /// Eight bytes in two's complement: a `TimestampTz` (microseconds since 2000) or a `pg_time_t` (seconds since 1970).
  @inlinable package func i64(at offset: Int, field: StaticString) throws(FormatError) -> Int64 {
    try integer(Int64.self, at: offset, field: field)
  }

  /// The bytes `offset ..< offset + count`, still borrowed from the same memory.
  @inlinable
  @_lifetime(copy self)
  package func slice(at offset: Int, count: Int, field: StaticString) throws(FormatError) -> RawSpan {
    try require(count, at: offset, field: field)
    return extracting(offset..<offset + count)
  }

  /// A copy of the bytes `offset ..< offset + count`.
  package func bytes(at offset: Int, count: Int, field: StaticString) throws(FormatError) -> [UInt8] {
    try require(count, at: offset, field: field)
    // SAFETY: the range was checked above; the buffer is copied before the closure ends.
    return unsafe extracting(offset..<offset + count).withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// The bytes of a NUL-terminated text in a field of fixed width (PostgreSQL's `NameData`), without the NUL.
  package func terminatedBytes(at offset: Int, width: Int, field: StaticString) throws(FormatError) -> [UInt8] {
    let all = try bytes(at: offset, count: width, field: field)
    return Array(all.prefix { $0 != 0 })
  }
}

extension FormatError {
  /// The error for `count` bytes wanted at `offset` of only `have`. Its position is the end of what is there; it states
  /// both lengths.
  @usableFromInline
  package static func tooShort(have: Int, need offset: Int, plus count: Int, field: StaticString) -> FormatError {
    FormatError(
      .tooShort, at: have, field: "\(field)",
      expected: "\(offset.addingReportingOverflow(count).partialValue) bytes", found: "\(have) bytes")
  }
}
