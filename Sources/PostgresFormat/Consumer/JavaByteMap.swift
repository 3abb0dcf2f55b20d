import ByteReading

/// A `HashMap<byte[], byte[]>` as Java serializes it: the file in which Kafka Connect's FileOffsetBackingStore keeps offsets
/// (standalone workers, Debezium Server, the embedded engine). Big-endian; by the grammar of the Java Object Serialization
/// Specification, of which such a map uses a few productions only.
struct JavaByteMap: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    var key: [UInt8]?
    /// nil: deleted.
    var value: [UInt8]?
  }

  /// In the order of the file.
  private(set) var entries: [Entry] = []

  /// `STREAM_MAGIC`, with which every serialized object begins.
  static let magic: [UInt8] = [0xAC, 0xED]

  /// Throws where the file is cut off, holds anything else, or goes on after the map.
  init(parsing bytes: [UInt8]) throws(FormatError) {
    var reader = Reader(bytes)
    try reader.expect([0xAC, 0xED, 0x00, 0x05, 0x73], "stream header")
    try reader.expect(
      [0x72] + Self.name("java.util.HashMap") + [0x05, 0x07, 0xDA, 0xC1, 0xC3, 0x16, 0x60, 0xD1], "class")
    try reader.expect(
      [0x03, 0x00, 0x02, 0x46] + Self.name("loadFactor") + [0x49] + Self.name("threshold") + [0x78, 0x70], "class")
    _ = try reader.number("loadFactor")
    _ = try reader.number("threshold")
    try reader.expect([0x77, 0x08], "block of capacity and size")
    _ = try reader.number("capacity")
    let place = reader.offset
    let count = try reader.number("size")
    // Each entry has two bytes at least.
    guard count <= bytes.count / 2 else {
      throw FormatError(.badLength, at: place, field: "size", expected: "\(bytes.count / 2) at most", found: "\(count)")
    }
    for _ in 0..<count { entries.append(Entry(key: try reader.bytes("key"), value: try reader.bytes("value"))) }
    try reader.expect([0x78], "end of the map")
    guard reader.offset == bytes.count else {
      throw FormatError(
        .tooLong, at: reader.offset, field: "end of the map", expected: "the end of the file",
        found: "\(bytes.count - reader.offset) bytes")
    }
  }

  /// A string of `writeUTF`.
  private static func name(_ text: String) -> [UInt8] {
    [0, UInt8(truncatingIfNeeded: text.utf8.count)] + Array(text.utf8)
  }

  private struct Reader {
    let source: [UInt8]
    var offset = 0
    /// Whether the class of byte arrays was described already: it then is handle 2.
    private var knowsClass = false
    /// Arrays in the order of their handles, from 3 on.
    private var arrays: [[UInt8]] = []

    init(_ source: [UInt8]) { self.source = source }

    mutating func expect(_ bytes: [UInt8], _ field: String) throws(FormatError) {
      let found = source[offset...].prefix(bytes.count)
      guard found.elementsEqual(bytes) else {
        throw FormatError(
          found.count < bytes.count ? .tooShort : .badValue, at: offset, field: field, expected: "a map of byte arrays",
          found: nil)
      }
      offset += bytes.count
    }

    mutating func number(_ field: String) throws(FormatError) -> Int {
      guard source.count - offset >= 4 else {
        throw FormatError(
          .tooShort, at: source.count, field: field, expected: "4 bytes", found: "\(source.count - offset)")
      }
      defer { offset += 4 }
      return source[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func byte(_ field: String) throws(FormatError) -> UInt8 {
      guard offset < source.count else { throw FormatError(.tooShort, at: offset, field: field) }
      defer { offset += 1 }
      return source[offset]
    }

    /// nil for `null`.
    mutating func bytes(_ field: String) throws(FormatError) -> [UInt8]? {
      let place = offset
      switch try byte(field) {
      case 0x70: return nil
      case 0x71:
        let handle = try number(field) - 0x7E0003
        guard arrays.indices.contains(handle) else { break }
        return arrays[handle]
      case 0x75:
        if try byte(field) == 0x72 {
          try expect([0, 2, 0x5B, 0x42, 0xAC, 0xF3, 0x17, 0xF8, 0x06, 0x08, 0x54, 0xE0, 2, 0, 0, 0x78, 0x70], field)
          knowsClass = true
        } else {
          offset -= 1
          guard knowsClass else { break }
          try expect([0x71, 0, 0x7E, 0, 2], field)
        }
        let start = offset
        let count = try number(field)
        guard count <= source.count - offset else {
          throw FormatError(
            .tooShort, at: start, field: field, expected: "\(count) bytes", found: "\(source.count - offset) bytes")
        }
        arrays.append(Array(source[offset..<offset + count]))
        offset += count
        return arrays.last
      default: break
      }
      throw FormatError(.badValue, at: place, field: field, expected: "a byte array")
    }
  }
}
