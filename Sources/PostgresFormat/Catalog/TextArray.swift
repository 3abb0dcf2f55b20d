internal import ByteReading

/// A one-dimensional `text[]` (`ArrayType`). Follows src/include/utils/array.h.
enum TextArray {
  private static let textOID: UInt32 = 25

  /// The elements that are not NULL, in their order. `base` is where the content begins in the row: positions inside an
  /// array count from its header of four bytes. Throws ``FormatError`` with an offset from the row's start.
  static func elements(_ content: RawSpan, at base: Int) throws(FormatError) -> [[UInt8]] {
    do {
      return try elements(content)
    } catch {
      throw error.moved(by: base)
    }
  }

  private static func elements(_ bytes: RawSpan) throws(FormatError) -> [[UInt8]] {
    let dimensions = try bytes.i32(at: 0, field: "ndim")
    if dimensions == 0 { return [] }
    guard dimensions == 1 else {
      throw FormatError(.badValue, at: 0, field: "ndim", expected: "0 or 1", found: "\(dimensions)")
    }
    let dataOffset = try bytes.i32(at: 4, field: "dataoffset")
    let elementType = try bytes.u32(at: 8, field: "elemtype")
    guard elementType == textOID else {
      throw FormatError(.badValue, at: 8, field: "elemtype", expected: "\(textOID)", found: "\(elementType)")
    }
    let count = Int(try bytes.i32(at: 12, field: "dimension"))
    // An element has a header at least; no list of names consists of NULLs.
    guard count >= 0, count <= bytes.byteCount else {
      throw FormatError(.badLength, at: 12, field: "dimension", expected: "0 or more", found: "\(count)")
    }
    // The elements begin after the dimension and its lower bound; with nulls, where dataoffset (from the header) says.
    let bitmapOffset = dataOffset == 0 ? nil : 20
    var position = dataOffset == 0 ? 20 : Int(dataOffset) - 4
    guard position >= 20 else {
      throw FormatError(.badValue, at: 4, field: "dataoffset", expected: "0 or 24 and more", found: "\(dataOffset)")
    }
    var elements: [[UInt8]] = []
    for index in 0..<count {
      if let bitmapOffset,
        try bytes.u8(at: bitmapOffset + index / 8, field: "null bitmap") >> UInt8(index % 8) & 1 == 0
      {
        continue
      }
      position = position.aligned(to: 4)
      let datum = try VariableLengthDatum(parsing: bytes, at: position)
      guard let content = datum.content else {
        throw FormatError(
          .badValue, at: position, field: "element", expected: "a value in the array", found: "a pointer")
      }
      elements.append(content)
      position = datum.end
    }
    return elements
  }
}
