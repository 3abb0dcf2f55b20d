import ByteReading
@testable import PostgresFormat

/// Records built by hand, byte by byte.
enum RecordBytes {
  /// From text: hex digits, blanks and bars between them ignored.
  static func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// A header for what follows it; previous record, xid and checksum are 0.
  static func record(manager: UInt8 = 10, info: UInt8 = 0, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(24 + body.count)
    var bytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + [UInt8](repeating: 0, count: 20)
    (bytes[16], bytes[17]) = (info, manager)
    return bytes + body
  }

  /// Relation 1663/5/16384, block 7.
  static let relation: [UInt8] = hex("7f060000 05000000 00400000 07000000")

  /// A block reference that has neither image nor data.
  static func block(_ id: UInt8, flags: UInt8 = 0) -> [UInt8] { [id, flags, 0, 0] + relation }

  static func integer<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

extension RecordFragments {
  /// The headers of a record that is all there.
  init(_ record: RawSpan, layout: RecordLayout) throws(FormatError) {
    try self.init(record, total: record.byteCount, layout: layout)
  }
}
