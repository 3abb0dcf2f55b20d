@testable import PostgresFormat

/// Makes pages and row versions of catalogs, as a test wants them right or wrong.
struct CatalogPageBuilder {
  /// A row version: 23 bytes of header, the null bitmap, the hidden oid, the columns.
  struct Tuple {
    var xmin: UInt32 = 700
    var xmax: UInt32 = 0
    var flags: HeapTupleHeader.Flags = [.xminFrozen, .xmaxInvalid]
    var attributeCount: UInt16
    var presentColumns: [Bool]?
    var hiddenOID: UInt32?
    var columns: [UInt8]

    init(_ attributeCount: Int, _ columns: [UInt8]) {
      (self.attributeCount, self.columns) = (UInt16(attributeCount), columns)
    }

    var bytes: [UInt8] {
      var flags = flags
      if presentColumns != nil { flags.insert(.hasNulls) }
      if hiddenOID != nil { flags.insert(.hasOID) }
      var bitmap = [UInt8](repeating: 0, count: ((presentColumns?.count ?? 0) + 7) / 8)
      for (column, isPresent) in (presentColumns ?? []).enumerated() where isPresent {
        bitmap[column / 8] |= UInt8(1) << UInt8(column % 8)
      }
      let used = 23 + bitmap.count + (hiddenOID == nil ? 0 : 4)
      let dataOffset = used.aligned(to: 8)
      var bytes = le(xmin) + le(xmax) + [UInt8](repeating: 0, count: 10)
      bytes += le(attributeCount) + le(flags.rawValue) + [UInt8(dataOffset)] + bitmap
      bytes += [UInt8](repeating: 0, count: dataOffset - bytes.count)
      if let hiddenOID { bytes.replaceSubrange(dataOffset - 4..<dataOffset, with: le(hiddenOID)) }
      return bytes + columns
    }
  }

  /// A page with these row versions, its line pointers in their order.
  static func page(_ tuples: [[UInt8]], lsn: UInt64 = 0x1_0000_0028) -> [UInt8] {
    var page = [UInt8](repeating: 0, count: 8192)
    var upper = 8192
    for (index, tuple) in tuples.enumerated() {
      upper = (upper - tuple.count) & ~7
      page.replaceSubrange(upper..<upper + tuple.count, with: tuple)
      let pointer = UInt32(upper) | 1 << 15 | UInt32(tuple.count) << 17
      page.replaceSubrange(24 + 4 * index..<28 + 4 * index, with: le(pointer))
    }
    page.replaceSubrange(0..<8, with: le(UInt32(lsn >> 32)) + le(UInt32(truncatingIfNeeded: lsn)))
    page.replaceSubrange(12..<14, with: le(UInt16(24 + 4 * tuples.count)))
    page.replaceSubrange(14..<16, with: le(UInt16(upper)))
    page.replaceSubrange(16..<20, with: le(UInt16(8192)) + le(UInt16(0x2004)))
    return page
  }

  /// A row of pg_replication_origin: the smallest catalog with a column of variable length.
  static func origin(_ number: UInt32, _ name: String, change: (inout Tuple) -> Void = { _ in }) -> [UInt8] {
    var tuple = Tuple(2, le(number) + short(Array(name.utf8)))
    change(&tuple)
    return tuple.bytes
  }

  /// A value with a header of one byte.
  static func short(_ content: [UInt8]) -> [UInt8] { [UInt8(content.count + 1) << 1 | 1] + content }
  /// A value with a header of four bytes.
  static func long(_ content: [UInt8]) -> [UInt8] { le(UInt32(content.count + 4) << 2) + content }
  static func name(_ text: String) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: 64 - text.utf8.count)
  }
}

/// The bytes of an integer, lowest first.
func le<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
}
