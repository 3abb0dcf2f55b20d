package import ByteReading

/// A full-page image in a record: where its hole is, and how it is compressed (`XLogRecordBlockImageHeader`).
///
/// Follows src/include/access/xlogrecord.h.
package struct BlockImage: Sendable, Hashable {
  /// How an image is compressed.
  package enum Method: Sendable, Hashable { case pglz, lz4, zstd, unknown }
  /// `bimg_len`: bytes in the record.
  package var length: Int
  /// Where the zeros begin that were left out; 0 where there are none.
  package var holeOffset: Int
  /// Bytes of them.
  package var holeLength: Int
  /// nil for an image that is not compressed.
  package var method: Method?

  /// What is left of a page without its hole and its image: what compression saved.
  package var savedBytes: Int { RecordLayout.pageSize - holeLength - length }

  /// Of the reference whose id is at `offset`, which has an image and was checked before.
  init(in record: RawSpan, at offset: Int, layout: RecordLayout) throws(FormatError) {
    length = Int(try record.u16(at: offset + 4, field: "bimg_len"))
    holeOffset = Int(try record.u16(at: offset + 6, field: "hole_offset"))
    let info = try record.u8(at: offset + 8, field: "bimg_info")
    let hasHole = info & RecordLayout.imageHasHole != 0
    method = layout.method(info)
    if hasHole && method != nil {
      holeLength = Int(try record.u16(at: offset + 9, field: "hole_length"))
    } else {
      holeLength = hasHole ? RecordLayout.pageSize - length : 0
    }
  }

  /// The page of 8192 bytes that the image was made of (`RestoreBlockImage`). `stored` are its bytes in the record; `zstd`
  /// unpacks those that need a library, to so many bytes. Throws ``FormatError`` where they do not make up a page.
  package func page(
    _ stored: RawSpan, zstd: (RawSpan, Int) throws(FormatError) -> [UInt8]
  ) throws(FormatError) -> [UInt8] {
    let size = RecordLayout.pageSize
    guard holeOffset >= 0, holeLength >= 0, holeOffset + holeLength <= size else {
      throw FormatError(.badLength, at: 0, field: "hole_length", expected: "at most \(size)", found: "\(holeLength)")
    }
    let plain: [UInt8]
    switch method {
    case nil: plain = try stored.bytes(at: 0, count: stored.byteCount, field: "image")
    case .pglz?: plain = try PGLZ.decompress(stored, to: size - holeLength)
    case .lz4?: plain = try LZ4Block.decompress(stored, to: size - holeLength)
    case .zstd?: plain = try zstd(stored, size - holeLength)
    case .unknown?: throw FormatError(.badValue, at: 0, field: "bimg_info", expected: "pglz, lz4 or zstd")
    }
    guard plain.count == size - holeLength else {
      throw FormatError(
        .badLength, at: 0, field: "image", expected: "\(size - holeLength) bytes", found: "\(plain.count)")
    }
    return plain[..<holeOffset] + [UInt8](repeating: 0, count: holeLength) + plain[holeOffset...]
  }
}

extension RecordLayout {
  /// How an image with these bits is compressed: with pglz before 15, which gave each method a bit.
  func method(_ info: UInt8) -> BlockImage.Method? {
    guard info & imageIsCompressed != 0 else { return nil }
    guard imageIsCompressed == 0x1C else { return .pglz }
    if info & 0x04 != 0 { return .pglz }
    if info & 0x08 != 0 { return .lz4 }
    return .zstd
  }
}
