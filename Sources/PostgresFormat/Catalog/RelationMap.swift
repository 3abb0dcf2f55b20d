package import ByteReading

/// A relation map file (`pg_filenode.map`): the file numbers of the catalogs that cannot be looked up in pg_class, because they
/// are needed to read it. `global/` has one for the shared catalogs, each database's folder one for its own.
///
/// VACUUM FULL gives such a catalog a new file, so the map must be asked and the well-known numbers must not be
/// guessed. Follows src/backend/utils/cache/relmapper.c.
package struct RelationMap: Sendable, Hashable {
  /// `RELMAPPER_FILEMAGIC`. The same in all versions, although the file grew in 16.
  static let magic: UInt32 = 0x0059_2717

  /// Where a file of one length keeps its parts. The length tells the layout.
  private struct Layout {
    /// Bytes.
    var length: Int
    var capacity: Int
    var checksumOffset: Int
  }
  private static let layouts = [
    Layout(length: 512, capacity: 62, checksumOffset: 504),  // to 15
    Layout(length: 524, capacity: 64, checksumOffset: 520),  // 16 and later
  ]
  /// No map is longer, in bytes.
  package static let maximumLength = 524

  /// The number of each mapped relation's file.
  package private(set) var fileNumbers: [OID: OID]

  /// The number of the file that has a mapped relation (`relfilenode`), nil where the map does not list it.
  package func fileNumber(of relation: OID) -> OID? { fileNumbers[relation] }

  /// Throws ``FormatError`` where the length, the magic number, the count or the checksum is wrong: a map that is damaged
  /// in any place is of no use.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    guard let layout = Self.layouts.first(where: { $0.length == bytes.byteCount }) else {
      throw FormatError(
        .badLength, at: 0, field: "pg_filenode.map", expected: "512 or 524 bytes", found: "\(bytes.byteCount) bytes")
    }
    try bytes.checkMagic(Self.magic)
    try bytes.verifyChecksum(at: layout.checksumOffset, over: 0..<layout.checksumOffset, field: "crc")
    let count = try bytes.i32(at: 4, field: "num_mappings")
    guard (0...layout.capacity).contains(Int(count)) else {
      throw FormatError(
        .badValue, at: 4, field: "num_mappings", expected: "0 to \(layout.capacity)", found: "\(count)")
    }
    fileNumbers = [:]
    for index in 0..<Int(count) {
      let relation = OID(try bytes.u32(at: 8 + 8 * index, field: "mapoid"))
      fileNumbers[relation] = OID(try bytes.u32(at: 12 + 8 * index, field: "mapfilenumber"))
    }
  }
}
