package import ByteReading

/// The header of a page of a table (`PageHeaderData`) and its line pointers: the same in all versions.
/// Follows src/include/storage/bufpage.h and itemid.h.
package struct HeapPage: Sendable, Hashable {
  /// Bytes.
  package static let size = 8192
  private static let headerSize = 24
  /// Page size and layout version 4 in one word.
  private static let sizeAndVersion: UInt16 = 0x2004

  /// The place of a row version on its page. Only those in use are listed: unused, dead and redirecting line pointers have
  /// no bytes, and what a redirect leads to is listed itself.
  package struct Item: Sendable, Hashable {
    /// Of the line pointer, from the start of the page.
    package var pointerOffset: Int
    /// Of the row version, from the start of the page.
    package var offset: Int
    /// Bytes.
    package var length: Int
  }

  /// `pd_lsn`: the end of the last WAL record that changed the page.
  package var lsn: LSN
  /// Empty on a page that was never filled.
  package var items: [Item]
  /// Line pointers that lead outside the page's data, or to bytes that others have taken: the first ``errorLimit`` of them.
  package var errors: [FormatError]
  /// A page that no server wrote could have one for each of its pointers.
  static let errorLimit = 32

  /// Offsets in errors count from the start of the page. Throws ``FormatError`` where the header is not a page header.
  package init(parsing page: RawSpan) throws(FormatError) {
    try page.require(Self.size, at: 0, field: "page")
    lsn = LSN(UInt64(try page.u32(at: 0, field: "pd_lsn")) << 32 | UInt64(try page.u32(at: 4, field: "pd_lsn")))
    (items, errors) = ([], [])
    let lower = Int(try page.u16(at: 12, field: "pd_lower"))
    let upper = Int(try page.u16(at: 14, field: "pd_upper"))
    let special = Int(try page.u16(at: 16, field: "pd_special"))
    // A page that was added to the file and not yet initialized.
    if upper == 0 { return }
    let sizeAndVersion = try page.u16(at: 18, field: "pd_pagesize_version")
    guard sizeAndVersion == Self.sizeAndVersion else {
      throw FormatError(
        .badValue, at: 18, field: "pd_pagesize_version", expected: "\(Self.sizeAndVersion)", found: "\(sizeAndVersion)")
    }
    guard lower >= Self.headerSize, lower <= upper, upper <= special, special <= Self.size else {
      throw FormatError(
        .badValue, at: 12, field: "pd_lower, pd_upper, pd_special", expected: "24 <= lower <= upper <= special <= 8192",
        found: "\(lower), \(upper), \(special)")
    }
    // Row versions do not share bytes: many pointers to one of them would make much of little.
    var room = special - upper
    for pointerOffset in stride(from: Self.headerSize, through: lower - 4, by: 4) {
      let word = try page.u32(at: pointerOffset, field: "pd_linp")
      guard word >> 15 & 3 == LinePointerState.normal.rawValue else { continue }
      let item = Item(pointerOffset: pointerOffset, offset: Int(word & 0x7FFF), length: Int(word >> 17))
      if item.offset >= upper, item.offset + item.length <= special, item.offset % 8 == 0,
        item.length >= HeapTupleHeader.fixedSize, item.length <= room
      {
        items.append(item)
        room -= item.length
      } else if errors.count < Self.errorLimit {
        errors.append(
          FormatError(
            .badValue, at: pointerOffset, field: "pd_linp",
            expected: "a row version of its own inside \(upper)..<\(special), aligned to 8",
            found: "\(item.length) bytes at \(item.offset)"))
      }
    }
  }

  /// `lp_flags`.
  private enum LinePointerState: UInt32 { case unused, normal, redirect, dead }
}
