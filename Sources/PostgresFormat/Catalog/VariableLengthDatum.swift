package import ByteReading

/// A value with a length of its own inside a row (`varlena`): a header of one byte or of four, plain or compressed, or
/// a pointer to a TOAST table. Follows src/include/varatt.h.
package struct VariableLengthDatum: Sendable, Hashable {
  /// The value without its header, decompressed. nil where it is not in the row, or compressed in a way that is not
  /// known.
  package var content: [UInt8]?
  /// Where the content begins in the bytes that were read.
  package var contentOffset: Int
  /// The first byte after the value.
  package var end: Int

  /// Reads the value at `offset` or, if it has a long header, at the next multiple of four. Throws ``FormatError`` where its
  /// length does not fit into the bytes, or its compressed form is wrong.
  package init(parsing bytes: RawSpan, at offset: Int) throws(FormatError) {
    let first = try bytes.u8(at: offset, field: "varlena header")
    if first == 0x01 {
      self = try Self.pointer(bytes, at: offset)
    } else if first & 1 == 1 {
      let length = Int(first >> 1)
      let content = try bytes.bytes(at: offset + 1, count: length - 1, field: "varlena")
      self.init(content: content, contentOffset: offset + 1, end: offset + length)
    } else {
      self = try Self.long(bytes, at: offset.aligned(to: 4))
    }
  }

  private init(content: [UInt8]?, contentOffset: Int, end: Int) {
    (self.content, self.contentOffset, self.end) = (content, contentOffset, end)
  }

  /// A header byte of 1, a tag byte, and for a value on disk 16 bytes that say where (`varatt_external`).
  private static func pointer(_ bytes: RawSpan, at offset: Int) throws(FormatError) -> VariableLengthDatum {
    let onDisk: UInt8 = 18
    let tag = try bytes.u8(at: offset + 1, field: "va_tag")
    guard tag == onDisk else {
      throw FormatError(.badValue, at: offset + 1, field: "va_tag", expected: "\(onDisk)", found: "\(tag)")
    }
    try bytes.require(18, at: offset, field: "TOAST pointer")
    return VariableLengthDatum(content: nil, contentOffset: offset, end: offset + 18)
  }

  /// A header of four bytes: the length with the header, and in the low two bits whether it is compressed.
  private static func long(_ bytes: RawSpan, at offset: Int) throws(FormatError) -> VariableLengthDatum {
    let header = try bytes.u32(at: offset, field: "varlena header")
    let length = Int(header >> 2)
    let isCompressed = header & 3 == 2
    guard header & 1 == 0, length >= (isCompressed ? 8 : 4), length <= bytes.byteCount - offset else {
      throw FormatError(
        .badLength, at: offset, field: "varlena header", expected: "4 to \(bytes.byteCount - offset) bytes",
        found: "\(length) bytes")
    }
    let contentOffset = offset + (isCompressed ? 8 : 4)
    let end = offset + length
    let stored = try bytes.slice(at: contentOffset, count: end - contentOffset, field: "varlena")
    do {
      let content =
        isCompressed
        ? try decompress(stored, information: try bytes.u32(at: offset + 4, field: "va_tcinfo"))
        : try stored.bytes(at: 0, count: stored.byteCount, field: "varlena")
      return VariableLengthDatum(content: content, contentOffset: contentOffset, end: end)
    } catch {
      throw error.moved(by: contentOffset)
    }
  }

  /// `va_tcinfo` has the length of the plain value in 30 bits, and from 14 on the method in the upper two, which were zero
  /// before. nil for a method that is not known.
  private static func decompress(_ stored: RawSpan, information: UInt32) throws(FormatError) -> [UInt8]? {
    let plainLength = Int(information & 0x3FFF_FFFF)
    switch information >> 30 {
    case 0: return try PGLZ.decompress(stored, to: plainLength)
    case 1: return try LZ4Block.decompress(stored, to: plainLength)
    default: return nil
    }
  }
}

extension FormatError {
  /// The same error in bytes that begin `distance` earlier.
  func moved(by distance: Int) -> FormatError {
    var moved = self
    moved.offset += distance
    return moved
  }
}
