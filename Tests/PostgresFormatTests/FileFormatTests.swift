import ByteReading
import FixtureSupport
import Testing

@testable import PostgresFormat

@Suite struct FileFormatTests {
  @Test(arguments: [
    (Vectors.slot9_4LogPlain, FileFormat.slotState), (Vectors.slot19LogTemp, .slotState),
    (Vectors.snapshot15, .snapshot), (Vectors.origins17, .originProgress), (Vectors.prepared9_6, .preparedTransaction),
    (Vectors.prepared19, .preparedTransaction), (Vectors.control9_4, .controlFile), (Vectors.control19, .controlFile),
  ])
  func binaryFilesAreKnownByTheirNumbers(bytes: [UInt8], format: FileFormat) {
    #expect(FileFormat(head: bytes) == format)
  }

  @Test func theOtherByteOrderIsRecognizedToo() {
    #expect(FileFormat(head: Vectors.slot18Idle1.replacing(SlotState.magic.byteSwapped, at: 0)) == .slotState)
    #expect(FileFormat(head: Vectors.control18.replacing(UInt32(1800).byteSwapped, at: 8)) == .controlFile)
  }

  @Test(arguments: [
    ("1\t0/302B9E0\tno recovery target specified\n", FileFormat.timelineHistory),
    ("# comment\n\n1 0/A\n", .timelineHistory), ("1\t0x0/A\tx\n", .timelineHistory),
    ("16385 /srv/space\n", .tablespaceMap), ("15767\n/srv/data\n1795255479\n", .postmasterPID),
    ("/usr/bin/postgres \"-D\" \"/srv\"\n", .postmasterOptions), ("17\n", .versionFile), ("9.6\n", .versionFile),
    ("START WAL LOCATION: 0/800028 (file 000000010000000000000008)\n", .backupLabel),
    ("# only comments\n", .configuration), ("wal_level = logical\n", .configuration),
    ("wal_level = logical\nfoo bar baz\nx=1\n", .configuration),
  ])
  func textsAreKnownByTheirFirstLines(text: String, format: FileFormat) {
    #expect(FileFormat(head: Array(text.utf8)) == format)
  }

  @Test(arguments: ["", "\n", "hello world, this is a text\n", "\0\0\0\0", "a\0b = c"])
  func otherContentIsNotRecognized(text: String) {
    #expect(FileFormat(head: Array(text.utf8)) == nil)
  }

  /// Every file of real directories is recognized as what its place says that it is.
  @Test(arguments: ServerTruthTests.nodes) func realFilesAreRecognized(node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    func check(_ path: String, _ format: FileFormat) throws {
      guard FileTree.exists(path) else { return }
      let bytes = try FileTree.contents(of: path)
      #expect(FileFormat(head: Array(bytes.prefix(FileFormat.headLength))) == format, "\(path)")
      #expect(throws: Never.self, "\(path)") {
        _ = try RecognizedFile(format, parsing: bytes.span.bytes, version: version)
      }
    }
    for folder in FileTree.entries(of: "\(node.path)/pg_replslot") {
      try check("\(node.path)/pg_replslot/\(folder)/state", .slotState)
    }
    for (file, format) in [
      ("global/pg_control", FileFormat.controlFile), ("global/pg_filenode.map", .relationMap),
      ("PG_VERSION", .versionFile),
      ("pg_logical/replorigin_checkpoint", .originProgress), ("backup_label.old", .backupLabel),
      ("postmaster.pid", .postmasterPID), ("postmaster.opts", .postmasterOptions), ("postgresql.conf", .configuration),
      ("postgresql.auto.conf", .configuration),
    ] {
      try check("\(node.path)/\(file)", format)
    }
    for file in FileTree.entries(of: "\(node.path)/pg_twophase") {
      try check("\(node.path)/pg_twophase/\(file)", .preparedTransaction)
    }
    for file in FileTree.entries(of: "\(node.path)/pg_logical/snapshots") {
      try check("\(node.path)/pg_logical/snapshots/\(file)", .snapshot)
    }
    let wal = "\(node.path)/\(version.walDirectoryName)"
    for file in FileTree.entries(of: wal) {
      if case .history = WALFileName(file) { try check("\(wal)/\(file)", .timelineHistory) }
    }
  }
}
