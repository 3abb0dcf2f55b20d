package import ByteReading

/// `backup_manifest` (13 and later): what a base backup had in it when it was taken. Follows src/common/parse_manifest.c.
package struct BackupManifest: Sendable, Hashable {
  /// A file of the backup.
  package struct File: Sendable, Hashable {
    /// From the data directory; those of tablespaces below `pg_tblspc`. Any bytes: `Encoded-Path` has those that are no UTF-8.
    package var path: [UInt8]
    /// Bytes.
    package var size: UInt64
    /// CRC-32C, where that is the algorithm, as it is unless another one was asked for.
    package var crc32c: UInt32?
  }

  /// WAL that a server must replay before the backup is consistent.
  package struct WALRange: Sendable, Hashable {
    /// Of the records in it.
    package var timeline: TimelineID
    /// Where replay begins.
    package var start: LSN
    /// Where the backup was ended.
    package var end: LSN
    /// A range that is known.
    package init(timeline: TimelineID, start: LSN, end: LSN) {
      (self.timeline, self.start, self.end) = (timeline, start, end)
    }
  }

  /// `PostgreSQL-Backup-Manifest-Version`: 1, and 2 from 17 on.
  package var version = 0
  /// Version 2.
  package var systemIdentifier: UInt64?
  /// Files in it.
  package var fileCount = 0
  /// Bytes of all files.
  package var totalBytes: UInt64 = 0
  /// Files of which it has the changed blocks only.
  package var incrementalCount = 0
  /// In the order of the manifest.
  package var walRanges: [WALRange] = []
  /// `Manifest-Checksum`: the SHA-256 of all before its line, as it is written there; nil where there is none, which
  /// pg_verifybackup refuses.
  package var checksum: String?
  /// What is wrong with that; nil where nothing is, or there is none. All other fields are shown even where it is wrong.
  package var checksumError: FormatError?

  /// Bytes of the largest that is read: of some four hundred thousand files.
  package static let fileSizeLimit = 64 << 20
  /// More ranges come of no backup.
  private static let rangeLimit = 1000

  /// One that says nothing.
  package init() {}

  /// Takes it apart; `body` is given each file. Throws ``FormatError`` where it is no JSON, or lacks what it must have.
  package init(parsing bytes: [UInt8], eachFile body: (File) -> Void = { _ in }) throws(FormatError) {
    var reader = JSONReader(bytes)
    var (files, ranges) = (false, false)
    try reader.members { (name, reader) throws(FormatError) in
      switch name {
      case "PostgreSQL-Backup-Manifest-Version": version = Int(Self.number(try reader.next()) ?? 0)
      case "System-Identifier": systemIdentifier = Self.number(try reader.next())
      case "Files":
        files = true
        try reader.elements { (element) throws(FormatError) in
          guard let file = Self.file(element) else { throw Self.lacking("a file's path and size") }
          fileCount += 1
          totalBytes = totalBytes.addingReportingOverflow(file.size).partialValue
          if file.isIncremental { incrementalCount += 1 }
          body(file)
        }
      case "WAL-Ranges":
        ranges = true
        try reader.elements { (element) throws(FormatError) in
          guard let range = Self.range(element), walRanges.count < Self.rangeLimit else {
            throw Self.lacking("a timeline and two positions")
          }
          walRanges.append(range)
        }
      case "Manifest-Checksum": checksum = try reader.next()?.string
      default: _ = try reader.next()
      }
    }
    checksumError = checksum.flatMap { Self.error(of: $0, in: bytes) }
    guard (1...2).contains(version), files, ranges else { throw Self.lacking("a manifest of version 1 or 2") }
  }

  private static func lacking(_ what: String) -> FormatError {
    FormatError(.badSyntax, at: 0, field: "backup_manifest", expected: what)
  }

  /// The checksum is of all lines but the last one.
  private static func error(of checksum: String, in bytes: [UInt8]) -> FormatError? {
    let field = "Manifest-Checksum"
    guard bytes.last == UInt8(ascii: "\n"), let end = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")) else {
      return FormatError(.badSyntax, at: max(0, bytes.count - 1), field: field, expected: "a last line of its own")
    }
    let computed = SHA256.hexadecimal(of: unsafe bytes.span.bytes.extracting(0...end))
    guard computed != checksum.lowercased() else { return nil }
    return FormatError(.badChecksum, at: end + 1, field: field, expected: computed, found: checksum)
  }

  private static func number(_ node: JSONNode?) -> UInt64? {
    if case .number(let digits)? = node { UInt64(digits) } else { nil }
  }

  private static func file(_ node: JSONNode) -> File? {
    let encoded = node["Encoded-Path"]?.string.flatMap { PostgresFormat.bytes(ofHex: $0) }
    guard let path = encoded ?? node["Path"]?.string.map({ Array($0.utf8) }), let size = number(node["Size"]) else {
      return nil
    }
    // Its bytes stand in the order of memory.
    let digits = node["Checksum-Algorithm"]?.string == "CRC32C" ? node["Checksum"]?.string : nil
    let bytes = digits.flatMap { PostgresFormat.bytes(ofHex: $0) }
    let checksum = bytes?.count == 4 ? bytes?.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } : nil
    return File(path: path, size: size, crc32c: checksum)
  }

  private static func range(_ node: JSONNode) -> WALRange? {
    guard let timeline = number(node["Timeline"]).flatMap({ UInt32(exactly: $0) }),
      let start = node["Start-LSN"]?.string.flatMap({ LSN($0) }), let end = node["End-LSN"]?.string.flatMap({ LSN($0) })
    else { return nil }
    return WALRange(timeline: TimelineID(timeline), start: start, end: end)
  }
}

extension BackupManifest.File {
  /// `INCREMENTAL.16385`: the blocks that changed.
  package var isIncremental: Bool {
    let slash = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    return path[slash...].starts(with: "INCREMENTAL.".utf8)
  }
}
