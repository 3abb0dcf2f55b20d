package import ByteReading

/// The header of a row version (`HeapTupleHeaderData`): who made it, who ended it, and where its columns begin.
/// Follows src/include/access/htup_details.h.
package struct HeapTupleHeader: Sendable, Hashable {
  /// `t_infomask`.
  package struct Flags: OptionSet, Sendable, Hashable {
    /// The 16 bits as stored; those without a name here are kept.
    package var rawValue: UInt16
    /// Any bits are accepted.
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// `HEAP_HASNULL`: a bitmap of the columns that are not NULL follows the header.
    package static let hasNulls = Flags(rawValue: 0x0001)
    /// To 11: the row's oid stands before its columns.
    package static let hasOID = Flags(rawValue: 0x0008)
    /// `HEAP_XMAX_KEYSHR_LOCK`: xmax locks against changes of the key.
    package static let keyShareLock = Flags(rawValue: 0x0010)
    /// `HEAP_XMAX_EXCL_LOCK`: alone, without `HEAP_XMAX_IS_MULTI`, the row is only locked, as versions before 9.3 wrote
    /// it.
    package static let exclusiveLock = Flags(rawValue: 0x0040)
    /// `HEAP_XMAX_LOCK_ONLY`: xmax locked the row and did not end it.
    package static let xmaxLockedOnly = Flags(rawValue: 0x0080)
    /// `HEAP_XMIN_COMMITTED`: a hint; where it is not set the commit log tells.
    package static let xminCommitted = Flags(rawValue: 0x0100)
    /// `HEAP_XMIN_INVALID`: a hint that xmin aborted.
    package static let xminAborted = Flags(rawValue: 0x0200)
    /// `HEAP_XMIN_FROZEN`, both hints at once: visible to all, and xmin's commit log may be gone.
    package static let xminFrozen: Flags = [.xminCommitted, .xminAborted]
    /// `HEAP_XMAX_COMMITTED`: a hint that the row is gone.
    package static let xmaxCommitted = Flags(rawValue: 0x0400)
    /// `HEAP_XMAX_INVALID`: a hint that xmax is none, or aborted.
    package static let xmaxInvalid = Flags(rawValue: 0x0800)
    /// `HEAP_UPDATED`: the version came of an UPDATE, not of an INSERT.
    package static let updated = Flags(rawValue: 0x2000)
    /// `HEAP_XMAX_IS_MULTI`: xmax is a MultiXactId, whose members `pg_multixact` has.
    package static let xmaxIsMulti = Flags(rawValue: 0x1000)
  }

  /// Bytes up to the null bitmap.
  static let fixedSize = 23

  /// `t_xmin`: the transaction that made the row version.
  package var xmin: TransactionID
  /// `t_xmax`: the transaction that ended or locked it; 0 for none, a MultiXactId under `xmaxIsMulti`.
  package var xmax: TransactionID
  /// `t_infomask`; `t_infomask2` is in `attributeCount`.
  package var flags: Flags
  /// Columns that the row has; columns that were added to the catalog later are missing.
  package var attributeCount: Int
  /// `t_hoff`: of the first column, from the start of the row version.
  package var dataOffset: Int
  /// To 11, in catalogs that have it: the hidden oid.
  package var hiddenOID: OID?

  /// Reads the header at the start of a row version's bytes. Throws ``FormatError`` where they are too few, or where the null
  /// bitmap and the hidden oid do not fit before the columns.
  package init(parsing tuple: RawSpan) throws(FormatError) {
    try tuple.require(Self.fixedSize, at: 0, field: "tuple header")
    xmin = TransactionID(try tuple.u32(at: 0, field: "t_xmin"))
    xmax = TransactionID(try tuple.u32(at: 4, field: "t_xmax"))
    attributeCount = Int(try tuple.u16(at: 18, field: "t_infomask2") & 0x07FF)
    flags = Flags(rawValue: try tuple.u16(at: 20, field: "t_infomask"))
    dataOffset = Int(try tuple.u8(at: 22, field: "t_hoff"))
    let bitmapSize = flags.contains(.hasNulls) ? (attributeCount + 7) / 8 : 0
    let needed = Self.fixedSize + bitmapSize + (flags.contains(.hasOID) ? 4 : 0)
    guard dataOffset >= needed, dataOffset % 8 == 0, dataOffset <= tuple.byteCount else {
      throw FormatError(
        .badValue, at: 22, field: "t_hoff", expected: "a multiple of 8 from \(needed) to \(tuple.byteCount)",
        found: "\(dataOffset)")
    }
    hiddenOID = flags.contains(.hasOID) ? OID(try tuple.u32(at: dataOffset - 4, field: "t_oid")) : nil
  }

  /// Whether the column with this number, from 0, has no bytes in the row: it is NULL, or newer than the row.
  package func isAbsent(column: Int, in tuple: RawSpan) throws(FormatError) -> Bool {
    guard column < attributeCount else { return true }
    guard flags.contains(.hasNulls) else { return false }
    return try tuple.u8(at: Self.fixedSize + column / 8, field: "t_bits") >> UInt8(column % 8) & 1 == 0
  }
}
