package import ByteReading

/// The fields of one structure in some bytes, read by their names in the declaration.
///
/// A field comes in two forms: `u32("xmin")` for one that every version has, `optionalU32("max_wal_senders")` for one that
/// some lack. Reading past the end of the bytes throws ``FormatError/Code/tooShort`` with the field's name.
package struct StructureReader: ~Escapable {
  private let bytes: RawSpan
  private let base: Int
  private let layout: CLayout

  /// `base` is where the structure begins in `bytes`.
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at base: Int, layout: CLayout) {
    (self.bytes, self.base, self.layout) = (bytes, base, layout)
  }

  /// The field's position in the bytes, nil where the version lacks it.
  package func offset(of field: String) -> Int? { layout.place(of: field).map { base + $0.offset } }

  private func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, _ field: String) throws(FormatError) -> T? {
    guard let place = layout.place(of: field) else { return nil }
    return try bytes.integer(type, at: base + place.offset, field: place.name)
  }

  private func required<T>(_ value: T?, _ field: String) -> T {
    guard let value else { preconditionFailure("not every version has a field \(field)") }
    return value
  }

  /// A `uint16` that every version has. Throws ``FormatError/Code/tooShort``.
  package func u16(_ field: String) throws(FormatError) -> UInt16 { required(try load(UInt16.self, field), field) }
  /// A `uint32` that every version has. Throws ``FormatError/Code/tooShort``.
  package func u32(_ field: String) throws(FormatError) -> UInt32 { required(try load(UInt32.self, field), field) }
  /// A `uint64` that every version has. Throws ``FormatError/Code/tooShort``.
  package func u64(_ field: String) throws(FormatError) -> UInt64 { required(try load(UInt64.self, field), field) }
  /// An `int32`, as most enums and settings are, that every version has. Throws ``FormatError/Code/tooShort``.
  package func i32(_ field: String) throws(FormatError) -> Int32 { required(try load(Int32.self, field), field) }
  /// An `int64`, as times are, that every version has. Throws ``FormatError/Code/tooShort``.
  package func i64(_ field: String) throws(FormatError) -> Int64 { required(try load(Int64.self, field), field) }
  /// A one-byte `bool` that every version has; any value but 0 is true. Throws ``FormatError/Code/tooShort``.
  package func bool(_ field: String) throws(FormatError) -> Bool { required(try optionalBool(field), field) }

  /// A `uint32`, nil where the version lacks it. Throws ``FormatError/Code/tooShort``.
  package func optionalU32(_ field: String) throws(FormatError) -> UInt32? { try load(UInt32.self, field) }
  /// A `uint64`, nil where the version lacks it. Throws ``FormatError/Code/tooShort``.
  package func optionalU64(_ field: String) throws(FormatError) -> UInt64? { try load(UInt64.self, field) }
  /// An `int32`, nil where the version lacks it. Throws ``FormatError/Code/tooShort``.
  package func optionalI32(_ field: String) throws(FormatError) -> Int32? { try load(Int32.self, field) }

  /// Any value but 0 is true.
  package func optionalBool(_ field: String) throws(FormatError) -> Bool? {
    guard let byte = try load(UInt8.self, field) else { return nil }
    return byte != 0
  }

  /// An `XLogRecPtr` that every version has; 0 gives ``LSN/none``. Throws ``FormatError/Code/tooShort``.
  package func lsn(_ field: String) throws(FormatError) -> LSN { LSN(try u64(field)) }
  /// An `XLogRecPtr`, nil where the version lacks it; 0 gives ``LSN/none``. Throws ``FormatError/Code/tooShort``.
  package func optionalLSN(_ field: String) throws(FormatError) -> LSN? {
    guard let value = try optionalU64(field) else { return nil }
    return LSN(value)
  }
  /// A `TransactionId` that every version has. Throws ``FormatError/Code/tooShort``.
  package func xid(_ field: String) throws(FormatError) -> TransactionID { TransactionID(try u32(field)) }
  /// An `Oid` that every version has. Throws ``FormatError/Code/tooShort``.
  package func oid(_ field: String) throws(FormatError) -> OID { OID(try u32(field)) }

  /// The text of a field of fixed width up to its first NUL; bytes that are not UTF-8 are replaced.
  package func text(_ field: String) throws(FormatError) -> String {
    let place = required(layout.place(of: field), field)
    let all = try bytes.terminatedBytes(at: base + place.offset, width: place.size, field: place.name)
    return String(decoding: all, as: UTF8.self)
  }

  /// The bytes of a field, nil where the version lacks it.
  package func optionalBytes(_ field: String) throws(FormatError) -> [UInt8]? {
    guard let place = layout.place(of: field) else { return nil }
    return try bytes.bytes(at: base + place.offset, count: place.size, field: place.name)
  }
}
