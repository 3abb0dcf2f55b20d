import ByteReading
import Testing

@testable import PostgresFormat

/// `backup_manifest` as the majors write it, and what is none.
@Suite struct BackupManifestTests {
  private static let whole = """
    { "PostgreSQL-Backup-Manifest-Version": 2,
    "System-Identifier": 7713321182143761159,
    "Files": [
    { "Path": "backup_label", "Size": 278, "Last-Modified": "2026-11-28 20:25:42 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "d1c498d8" },
    { "Encoded-Path": "676c6f62616c2fff", "Size": 8192, "Last-Modified": "2026-11-28 20:25:35 GMT" },
    { "Path": "base/5/INCREMENTAL.16385", "Size": 12, "Checksum-Algorithm": "SHA256", "Checksum": "00ff" }
    ],
    "WAL-Ranges": [
    { "Timeline": 1, "Start-LSN": "0/E00028", "End-LSN": "0/E00120" }
    ],
    "Manifest-Checksum": "924dd789"}

    """

  @Test func allOfItIsRead() throws {
    var files: [BackupManifest.File] = []
    let manifest = try BackupManifest(parsing: Array(Self.whole.utf8)) { files.append($0) }
    #expect(manifest.version == 2 && manifest.systemIdentifier == 7_713_321_182_143_761_159)
    #expect(manifest.fileCount == 3 && manifest.totalBytes == 278 + 8192 + 12 && manifest.incrementalCount == 1)
    #expect(manifest.walRanges == [.init(timeline: TimelineID(1), start: LSN(0xE00028), end: LSN(0xE00120))])
    #expect(files.map(\.crc32c) == [0xD898_C4D1, nil, nil])
    #expect(files[1].path == Array("global/".utf8) + [0xFF])
  }

  /// Another order, and members that a later major may add.
  @Test func theOrderSaysNothing() throws {
    let text = """
      {"WAL-Ranges":[],"New":{"a":[1,{"b":null}]},"Files":[],"PostgreSQL-Backup-Manifest-Version":1}
      """
    let manifest = try BackupManifest(parsing: Array(text.utf8))
    #expect(manifest.version == 1 && manifest.systemIdentifier == nil && manifest.fileCount == 0)
  }

  @Test(arguments: [
    ("\"PostgreSQL-Backup-Manifest-Version\": 2", "\"PostgreSQL-Backup-Manifest-Version\": 3"),
    ("\"Files\"", "\"Filez\""), ("\"WAL-Ranges\"", "\"Ranges\""), ("\"Size\": 278", "\"Size\": -1"),
    ("\"Path\": \"backup_label\"", "\"Path\": 7"), ("67", "6g"), ("0/E00120", "E00120"),
    ("\"Timeline\": 1", "\"Timeline\": 4294967296"),
    ("{ \"PostgreSQL", "[ \"PostgreSQL"), ("278", "\u{0}"),
  ])
  func whatIsNoneIsSaidToBe(part: String, other: String) {
    let text = Self.whole.replacing(part, with: other, maxReplacements: 1)
    #expect(text != Self.whole)
    #expect(throws: FormatError.self) { _ = try BackupManifest(parsing: Array(text.utf8)) }
  }

  @Test func aPartOfItIsNone() {
    let bytes = Array(Self.whole.utf8)
    for count in stride(from: 0, to: bytes.count - 3, by: 5) {
      #expect(throws: FormatError.self) { _ = try BackupManifest(parsing: Array(bytes[..<count])) }
    }
  }
}
