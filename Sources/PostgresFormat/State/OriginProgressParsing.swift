package import ByteReading

extension OriginProgress {
  /// `REPLICATION_STATE_MAGIC`.
  package static let magic: UInt32 = 0x1257_DADE
  /// An entry for each of the 65,535 origins that can exist.
  package static let fileSizeLimit = 8 + 16 * 65_536

  /// The members of `ReplicationStateOnDisk` that are read.
  enum Fields {
    static let originID = Field<UInt16>("roident")
    static let remoteLSN = Field<LSN>("remote_lsn")
  }

  /// `ReplicationStateOnDisk`. The first one is at offset 4, so that its position is not aligned in the file.
  static let structure = CStructure("ReplicationStateOnDisk", [Fields.originID, Fields.remoteLSN])
  /// The same in every version.
  private static let layout = structure.layout(for: .v9_6)

  /// Reads `pg_logical/replorigin_checkpoint`: magic, entries, and a checksum of all before it at the end.
  ///
  /// The server stops at start-up (PANIC) for a wrong magic number, an incomplete entry, or a wrong checksum.
  package static func list(parsing bytes: RawSpan) throws(FormatError) -> [OriginProgress] {
    try bytes.checkMagic(magic)
    try bytes.require(8, at: 0, field: "crc")
    let entryBytes = bytes.byteCount - 8
    guard entryBytes % layout.size == 0 else {
      throw FormatError(
        .badLength, at: 4 + entryBytes / layout.size * layout.size, field: "ReplicationStateOnDisk",
        expected: "entries of \(layout.size) bytes", found: "\(entryBytes % layout.size) bytes left over")
    }
    let end = 4 + entryBytes
    try bytes.verifyChecksum(at: end, over: 0..<end, field: "crc")
    var list: [OriginProgress] = []
    var offset = 4
    while offset < end {
      let reader = StructureReader(bytes, at: offset, layout: layout)
      list.append(OriginProgress(originID: try reader[Fields.originID], remoteLSN: try reader[Fields.remoteLSN]))
      offset += layout.size
    }
    return list
  }
}
