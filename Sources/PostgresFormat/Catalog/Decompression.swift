internal import ByteReading

/// PostgreSQL's own compression of values (`pglz`): a control byte announces eight items, from its lowest bit on, each a literal
/// byte or a copy of earlier output. Follows src/common/pg_lzcompress.c.
enum PGLZ {
  /// The plain value of `length` bytes. Throws ``FormatError`` where the bytes do not make up exactly that many.
  static func decompress(_ stored: RawSpan, to length: Int) throws(FormatError) -> [UInt8] {
    // Three bytes copy at most 273.
    var output = try DecompressedValue(length: length, stored: stored.byteCount, largestRatio: 273)
    var position = 0
    while position < stored.byteCount && !output.isComplete {
      var control = try stored.u8(at: position, field: "pglz control")
      position += 1
      for _ in 0..<8 where position < stored.byteCount && !output.isComplete {
        if control & 1 == 0 {
          output.bytes.append(try stored.u8(at: position, field: "pglz literal"))
          position += 1
        } else {
          let start = position
          let first = Int(try stored.u8(at: position, field: "pglz match"))
          let distance = (first & 0xF0) << 4 | Int(try stored.u8(at: position + 1, field: "pglz match"))
          var count = first & 0x0F + 3
          position += 2
          if count == 18 {
            count += Int(try stored.u8(at: position, field: "pglz match"))
            position += 1
          }
          try output.copy(min(count, output.room), from: distance, at: start, field: "pglz match")
        }
        control >>= 1
      }
    }
    return try output.finished(at: position, of: stored.byteCount, field: "pglz")
  }
}

/// A block of LZ4 (14 and later, `default_toast_compression`): sequences of literals and a copy of earlier output, the last
/// one without a copy.
enum LZ4Block {
  /// The plain value of `length` bytes. Throws ``FormatError`` where the bytes do not make up exactly that many.
  static func decompress(_ stored: RawSpan, to length: Int) throws(FormatError) -> [UInt8] {
    var output = try DecompressedValue(length: length, stored: stored.byteCount, largestRatio: 256)
    var position = 0
    while position < stored.byteCount {
      let token = try stored.u8(at: position, field: "lz4 token")
      position += 1
      let literals = try count(Int(token >> 4), stored, &position)
      guard literals <= output.room else {
        throw FormatError(
          .badLength, at: position, field: "lz4 literals", expected: "at most \(output.room)", found: "\(literals)")
      }
      output.bytes += try stored.bytes(at: position, count: literals, field: "lz4 literals")
      position += literals
      if position == stored.byteCount { break }
      let start = position
      let distance = Int(try stored.u16(at: position, field: "lz4 offset"))
      position += 2
      let matched = try count(Int(token & 0x0F), stored, &position) + 4
      guard matched <= output.room else {
        throw FormatError(
          .badLength, at: start, field: "lz4 match", expected: "at most \(output.room)", found: "\(matched)")
      }
      try output.copy(matched, from: distance, at: start, field: "lz4 match")
    }
    return try output.finished(at: position, of: stored.byteCount, field: "lz4")
  }

  /// A count of 15 goes on in the following bytes, up to the first that is not 255.
  private static func count(_ start: Int, _ stored: RawSpan, _ position: inout Int) throws(FormatError) -> Int {
    guard start == 15 else { return start }
    var total = start
    while true {
      let more = try stored.u8(at: position, field: "lz4 length")
      position += 1
      total += Int(more)
      if more != 255 { return total }
    }
  }
}

/// A value while it is being decompressed, never longer than was announced.
private struct DecompressedValue {
  var bytes: [UInt8] = []
  private let length: Int

  /// Throws where no stored value of that size can become so long: the announced length is a number from a file.
  init(length: Int, stored: Int, largestRatio: Int) throws(FormatError) {
    guard length <= stored * largestRatio else {
      throw FormatError(
        .badLength, at: 0, field: "va_tcinfo", expected: "at most \(stored * largestRatio)", found: "\(length)")
    }
    self.length = length
    bytes.reserveCapacity(length)
  }

  var room: Int { length - bytes.count }
  var isComplete: Bool { bytes.count == length }

  /// Appends `count` bytes that begin `distance` before the end; they may overlap what they become.
  mutating func copy(_ count: Int, from distance: Int, at position: Int, field: String) throws(FormatError) {
    guard distance > 0, distance <= bytes.count else {
      throw FormatError(.badValue, at: position, field: field, expected: "1 to \(bytes.count)", found: "\(distance)")
    }
    for _ in 0..<count { bytes.append(bytes[bytes.count - distance]) }
  }

  func finished(at position: Int, of stored: Int, field: String) throws(FormatError) -> [UInt8] {
    guard isComplete, position == stored else {
      throw FormatError(
        .badLength, at: position, field: field, expected: "\(length) bytes from \(stored)",
        found: "\(bytes.count) bytes from \(position)")
    }
    return bytes
  }
}
