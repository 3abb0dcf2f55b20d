/// The raw bytes of records in the segments of one timeline, put together page by page at a position known from
/// elsewhere. Deliberately not the reader under test.
package final class WALBytes {
  private let folder: String
  private let timeline: String
  private var segmentSize = 0
  private var segmentNumber: UInt64?
  private var segment: [UInt8] = []

  /// `timeline` in eight hex digits.
  package init(dataDirectory: String, timeline: String) throws {
    let candidates = ["\(dataDirectory)/pg_wal", "\(dataDirectory)/pg_xlog"]
    guard let folder = candidates.first(where: FileTree.exists) else {
      throw FixtureError("no WAL in \(dataDirectory)")
    }
    (self.folder, self.timeline) = (folder, timeline)
    for name in FileTree.entries(of: folder) where name.count == 24 && name.hasPrefix(timeline) {
      let bytes = try FileTree.contents(of: "\(folder)/\(name)")
      guard bytes.count >= 40, bytes[0] | bytes[1] != 0 else { continue }
      segmentSize = Int(Self.integer(bytes, at: 32, count: 4))
      return
    }
    throw FixtureError("no segment of timeline \(timeline) in \(folder)")
  }

  /// `count` bytes of the record that begins at `position`, page headers left out.
  package func record(at position: UInt64, count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var place = position
    while bytes.count < count {
      try load(place / UInt64(segmentSize))
      let offset = Int(place % UInt64(segmentSize))
      if offset % 8192 == 0 {
        place += offset == 0 ? 40 : 24
        continue
      }
      let piece = min(count - bytes.count, 8192 - offset % 8192)
      bytes += segment[offset..<offset + piece]
      place += UInt64(piece)
    }
    return bytes
  }

  private func load(_ number: UInt64) throws {
    guard segmentNumber != number else { return }
    let perLog = 0x1_0000_0000 / UInt64(segmentSize)
    let name = timeline + Self.hex(number / perLog) + Self.hex(number % perLog)
    segment = try FileTree.contents(of: "\(folder)/\(name)")
    guard segment.count == segmentSize else { throw FixtureError("\(name) is short") }
    segmentNumber = number
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static func integer(_ bytes: [UInt8], at offset: Int, count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
  }
}
