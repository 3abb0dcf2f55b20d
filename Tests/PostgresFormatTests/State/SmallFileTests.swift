import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct BackupLabelTests {
  private func parse(_ text: String) throws(FormatError) -> BackupLabel {
    let bytes = Array(text.utf8)
    return try BackupLabel(parsing: bytes.span.bytes)
  }

  static let text = """
    START WAL LOCATION: 0/800028 (file 000000010000000000000008)
    CHECKPOINT LOCATION: 0/800060
    BACKUP METHOD: streamed
    BACKUP FROM: master
    START TIME: 2026-11-21 10:02:39 UTC
    LABEL: pg_basebackup base backup
    START TIMELINE: 1

    """

  @Test func whatAServerWrites() throws {
    let label = try parse(Self.text)
    #expect(label.startLSN == LSN(0x80_0028) && label.checkpointLSN == LSN(0x80_0060))
    #expect(label.startSegment == "000000010000000000000008" && label.startTimeline == TimelineID(1))
    #expect(label.method == "streamed" && label.from == "master" && label.label == "pg_basebackup base backup")
    #expect(label.startTime == "2026-11-21 10:02:39 UTC" && label.stopLSN == nil && label.incrementalFromLSN == nil)
  }

  @Test func aHistoryFileHasAStop() throws {
    let label = try parse(
      "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"
        + "STOP WAL LOCATION: 0/2000100 (file 000000010000000000000002)\n"
        + "CHECKPOINT LOCATION: 0/2000060\nSTOP TIME: now\nSTOP TIMELINE: 1\n")
    #expect(label.stopLSN == LSN(0x200_0100) && label.stopTime == "now" && label.stopTimeline == TimelineID(1))
  }

  @Test func anIncrementalBackupSaysSo() throws {
    let label = try parse(Self.text + "INCREMENTAL FROM LSN: 0/5000028\nINCREMENTAL FROM TLI: 1\n")
    #expect(label.incrementalFromLSN == LSN(0x500_0028) && label.incrementalFromTimeline == TimelineID(1))
  }

  @Test(arguments: [
    "", "\n", "START WAL LOCATION: 0/800028", "START WAL LOCATION: 0/800028 (file 000000010000000000000008)\r\n",
    "START WAL LOCATION: 0/800028 (file 00000001000000000000000)\n", "START WAL LOCATION: x (file",
    "START WAL LOCATION: 0/800028 (file 000000010000000000000008) \n",
  ])
  func aFirstLineThatTheServerRefuses(text: String) {
    let error = #expect(throws: FormatError.self) { _ = try parse(text) }
    #expect(error?.code == .badSyntax && error?.field == "START WAL LOCATION")
  }

  @Test(arguments: ["", "CHECKPOINT LOCATION: 0/800060", "CHECKPOINT LOCATION: 0/800060\r\n", "BACKUP METHOD: x\n"])
  func aCheckpointLineThatTheServerRefuses(text: String) {
    let first = "START WAL LOCATION: 0/800028 (file 000000010000000000000008)\n"
    let error = #expect(throws: FormatError.self) { _ = try parse(first + text) }
    #expect(error?.code == .badSyntax && error?.field == "CHECKPOINT LOCATION")
  }

  @Test func aTimelineThatDiffersFromTheSegments() {
    let text = Self.text.replacing("START TIMELINE: 1", with: "START TIMELINE: 2")
    let offset = Self.text.utf8.count - "START TIMELINE: 1\n".utf8.count
    #expect(throws: FormatError(.badValue, at: offset, field: "START TIMELINE", expected: "1", found: "2")) {
      _ = try parse(text)
    }
  }
}

@Suite struct TablespaceMapTests {
  private func parse(_ text: String) throws(FormatError) -> [TablespaceMapEntry] {
    let bytes = Array(text.utf8)
    return try TablespaceMapEntry.list(parsing: bytes.span.bytes)
  }

  @Test func pathsMayHoldAnything() throws {
    #expect(
      try parse("16385 /a b\\\nc\\\\d\r\n16386 /e\n") == [
        TablespaceMapEntry(oid: OID(16385), path: "/a b\nc\\d"), TablespaceMapEntry(oid: OID(16386), path: "/e"),
      ])
    #expect(try parse("").isEmpty)
  }

  @Test(arguments: ["16385 /a", "16385\n", "x /a\n", "16385 /a\\", "99999999999 /a\n"])
  func aLineThatTheServerRefuses(text: String) {
    let error = #expect(throws: FormatError.self) { _ = try parse(text) }
    #expect(error?.code == .badSyntax)
  }
}

@Suite struct PostmasterFileTests {
  private func pid(_ text: String) throws(FormatError) -> PostmasterPID {
    let bytes = Array(text.utf8)
    return try PostmasterPID(parsing: bytes.span.bytes)
  }
  private func options(_ text: String) throws(FormatError) -> PostmasterOptions {
    let bytes = Array(text.utf8)
    return try PostmasterOptions(parsing: bytes.span.bytes)
  }

  @Test func aRunningServersFile() throws {
    let file = try pid("15767\n/srv/data\n1795255479\n6592\n/srv\n\n  2474034   1605694\nready   \n")
    #expect(
      file
        == PostmasterPID(
          pid: 15767, dataDirectory: "/srv/data", startTime: Timestamp(unixSeconds: 1_795_255_479), port: 6592,
          socketDirectory: "/srv", listenAddress: nil, status: "ready"))
  }

  @Test func aShortFileOfAStartingServer() throws {
    let file = try pid("-12\n/srv/data\n")
    #expect(file.pid == -12 && file.port == nil && file.status == nil)
  }

  @Test(arguments: ["", "\n", "x\n", "0\n", "99999999999999999999\n"])
  func aFileWithoutAProcess(text: String) {
    let error = #expect(throws: FormatError.self) { _ = try pid(text) }
    #expect(error?.field == "pid")
  }

  @Test func theCommandLine() throws {
    let file = try options("/usr/bin/postgres \"-D\" \"/a b/\"c\"\" \"\"\n")
    #expect(file == PostmasterOptions(program: "/usr/bin/postgres", arguments: ["-D", "/a b/\"c\"", ""]))
    #expect(try options("/usr/bin/postgres\n").arguments.isEmpty)
  }

  @Test(arguments: ["", "\n", "/usr/bin/postgres \"-D\n", "/usr/bin/postgres \""])
  func aCommandLineWithoutForm(text: String) {
    #expect(throws: FormatError.self) { _ = try options(text) }
  }

  @Test(arguments: [("17\n", "17", ServerVersion.v17), ("9.6\n", "9.6", .v9_6), (" 19", "19", .v19)])
  func versionFiles(text: String, spelled: String, version: ServerVersion) throws {
    let bytes = Array(text.utf8)
    let file = try VersionFile(parsing: bytes.span.bytes)
    #expect(file.text == spelled && file.version == version)
  }

  @Test(arguments: ["9.4\n", "9.5\n", "20\n", "8\n"])
  func versionsThatAreNotRead(text: String) throws {
    let bytes = Array(text.utf8)
    let file = try VersionFile(parsing: bytes.span.bytes)
    #expect(file.text == text.dropLast() && file.version == nil)
  }

  @Test func aVersionFileWithoutANumber() {
    let bytes = Array("x\n".utf8)
    #expect(throws: FormatError(.badSyntax, at: 0, field: "PG_VERSION", expected: "a version number", found: "x\n")) {
      _ = try VersionFile(parsing: bytes.span.bytes)
    }
  }
}
