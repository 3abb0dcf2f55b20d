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

  /// Its own checksum is of all lines before the last one, in either version.
  @Test(arguments: [1, 2]) func whatItsChecksumCovers(version: Int) throws {
    let lines = Self.whole.replacing("Version\": 2", with: "Version\": \(version)").split(separator: "\n")
    let covered = lines.dropLast().joined(separator: "\n") + "\n"
    let checksum = SHA256.hexadecimal(of: Array(covered.utf8).span.bytes)
    func manifest(_ covered: String, _ last: String) throws -> BackupManifest {
      try BackupManifest(parsing: Array((covered + last).utf8))
    }
    let last = "\"Manifest-Checksum\": \"\(checksum)\"}"
    let sound = try manifest(covered, last + "\n")
    #expect(sound.checksumError == nil && sound.checksum == checksum && sound.version == version)
    #expect(
      try manifest(covered, last.uppercased().replacing("MANIFEST-CHECKSUM", with: "Manifest-Checksum") + "\n")
        .checksumError == nil)
    let changed = try manifest(covered.replacing("278", with: "279"), last + "\n")
    #expect(changed.checksumError?.code == .badChecksum && changed.checksumError?.found == checksum)
    #expect(changed.checksumError?.offset == covered.utf8.count)
    #expect(try manifest(covered, last).checksumError?.code == .badSyntax)
    #expect(try manifest(covered.replacing("\n", with: " "), last + "\n").checksumError != nil)
    // Without one nothing can be said.
    let without = try BackupManifest(parsing: Array((covered.dropLast(2) + "}\n").utf8))
    #expect(without.checksum == nil && without.checksumError == nil)
  }

  /// FIPS 180-4's own examples, and each place where the last block may end.
  @Test func sha256() {
    func digits(_ text: String) -> String { SHA256.hexadecimal(of: Array(text.utf8).span.bytes) }
    #expect(digits("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(digits("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      digits("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      digits(String(repeating: "a", count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // The digests of all lengths up to two blocks, joined: by sha256sum.
    let all = (0...130).map { digits(String(repeating: "a", count: $0)) }.joined()
    #expect(digits(all) == "5eee4c50e1b5ec4f1a47f34c25ca988850b49da7904f5ab1b3abc5cc0ae66ef9")
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
