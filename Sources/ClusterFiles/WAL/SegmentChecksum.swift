import ByteReading
import PostgresFormat

/// The SHA-1 of a segment's unpacked content, which pgBackRest appends to the segment's name: `SEGMENT-40 digits`, and then the
/// suffix of a compression.
enum SegmentChecksum {
  private static let blockSize = 256 << 10

  /// nil where the name has none.
  static func expected(byName name: String) -> String? {
    let rest = Array(name.utf8.dropFirst(ArchiveEntryName.segmentDigits))
    let mark = rest.starts(with: ".partial".utf8) ? 8 : 0
    guard rest.count > mark + 40, rest[mark] == UInt8(ascii: "-") else { return nil }
    let digits = rest[mark + 1...mark + 40]
    let isEnd = rest.count == mark + 41 || rest[mark + 41] == UInt8(ascii: ".")
    guard isEnd, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
    return String(decoding: digits, as: UTF8.self)
  }

  /// Throws ``FileError`` where the content is not what the name says, or cannot be read. Of a file without one in its name
  /// nothing is read.
  static func check(
    _ path: String, in storage: any ClusterStorage = PosixStorage(), name: String, segmentSize: Int
  ) throws(FileError) {
    guard let expected = expected(byName: name) else { return }
    var reader = try SegmentReader(path: path, in: storage)
    var block = [UInt8](repeating: 0, count: blockSize)
    var (checksum, offset) = (SHA1(), 0)
    // More than a segment is not what was archived, whatever its checksum.
    while offset <= segmentSize {
      let count = try reader.fill(&block, from: offset)
      guard count > 0 else { break }
      // SAFETY: the array's elements are plain bytes.
      checksum.update(unsafe block.span.bytes.extracting(0..<count))
      offset += count
    }
    guard checksum.hexadecimal() == expected else {
      throw FileError(path: path, reason: .unpacking("its content is not what the SHA-1 in its name says"))
    }
  }
}
