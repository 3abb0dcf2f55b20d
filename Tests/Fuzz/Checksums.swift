@testable import PostgresFormat

/// Sets the checksum of a file right, so that what lies after the check is reached.
enum Checksums {
  static func repaired(_ bytes: [UInt8], as format: FileFormat) -> [UInt8] {
    switch format {
    case .slotState:
      guard bytes.count > 16 else { return bytes }
      let length = bytes[12..<16].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      return repaired(bytes, at: 4, over: 8..<min(bytes.count, 16 + min(length, bytes.count)))
    case .snapshot: return repaired(bytes, at: 4, over: 8..<max(8, bytes.count))
    case .controlFile: return controlFile(bytes)
    case .relationMap:
      let place = bytes.count >= 524 ? 520 : 504
      return repaired(bytes, at: place, over: 0..<place)
    case .originProgress, .preparedTransaction:
      return repaired(bytes, at: bytes.count - 4, over: 0..<max(0, bytes.count - 4))
    default: return bytes
    }
  }

  /// Of each unit of 512 bytes that has the magic of a tar header.
  static func repairedTar(_ bytes: [UInt8]) -> [UInt8] {
    var repaired = bytes
    for start in stride(from: 0, through: bytes.count - 512, by: 512)
    where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
      let others = bytes[start..<start + 148] + bytes[start + 156..<start + 512]
      let digits = String(others.reduce(8 * 32) { $0 + Int($1) }, radix: 8)
      repaired.replaceSubrange(
        start + 148..<start + 156, with: (String(repeating: "0", count: 6 - digits.count) + digits + "\0 ").utf8)
    }
    return repaired
  }

  /// That of the first version that takes the file's number.
  private static func controlFile(_ bytes: [UInt8]) -> [UInt8] {
    guard let control = try? ControlFile(parsing: bytes.span.bytes),
      let place = ControlFile.structure.layout(for: control.layout).place(named: "crc")
    else { return bytes }
    return repaired(bytes, at: place.offset, over: 0..<place.offset)
  }

  private static func repaired(_ bytes: [UInt8], at place: Int, over covered: Range<Int>) -> [UInt8] {
    guard place >= 0, place + 4 <= bytes.count, covered.upperBound <= bytes.count else { return bytes }
    var copy = bytes
    let checksum = CRC32C.checksum(bytes.span.bytes.extracting(covered))
    for index in 0..<4 { copy[place + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index))) }
    return copy
  }
}
