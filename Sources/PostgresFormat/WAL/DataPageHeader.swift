import ByteReading

/// What a data page says of its last change. Follows `PageHeaderData` in src/include/storage/bufpage.h, the same in 9.6 to 19.
package enum DataPageHeader {
  /// Bytes of the header.
  package static let size = 24
  private static let layoutVersion: UInt16 = 4

  /// The position behind the record that changed a page last. nil for a page that is new, has no position yet, or is none: files of
  /// other formats, and pages that were torn before their header, have no header that agrees with itself.
  package static func position(of page: ArraySlice<UInt8>, blockSize: Int) -> LSN? {
    guard page.count >= size else { return nil }
    let start = page.startIndex
    func word(_ offset: Int) -> UInt16 { UInt16(page[start + offset]) | UInt16(page[start + offset + 1]) << 8 }
    func long(_ offset: Int) -> UInt64 { UInt64(word(offset)) | UInt64(word(offset + 2)) << 16 }
    let (lower, upper, special, format) = (Int(word(12)), Int(word(14)), Int(word(16)), word(18))
    guard upper != 0, Int(format & 0xFF00) == blockSize & 0xFF00, format & 0xFF == layoutVersion, lower >= size,
      lower <= upper, upper <= special, special <= blockSize
    else { return nil }
    let lsn = LSN(long(0) << 32 | long(4))
    return lsn.isValid ? lsn : nil
  }
}
