import Testing

@testable import PostgresFormat

@Suite struct FileNameTests {
  @Test func slotNames() {
    for name in ["a", "_", "0", String(repeating: "z", count: 63)] {
      #expect(SlotFolderName.isSlotName(name), "\(name)")
    }
    for name in ["", "A", "a-b", "a b", "é", "a\n", String(repeating: "z", count: 64)] {
      #expect(!SlotFolderName.isSlotName(name), "\(name)")
    }
    #expect(SlotFolderName.isTemporary("a.tmp") && SlotFolderName.isTemporary(".tmp"))
    #expect(!SlotFolderName.isTemporary("tmp"))
  }

  @Test func snapshotFiles() {
    #expect(SnapshotFileName("0-5000078.snap")?.lsn == LSN(0x500_0078))
    for name in ["0-5000078.snap.123.tmp", "0-5000078", "-.snap", "0-123456789.snap", "0-a.snap", "0-0-0.snap"] {
      #expect(SnapshotFileName(name) == nil, "\(name)")
    }
  }

  @Test func preparedTransactionFiles() {
    #expect(PreparedTransactionFileName("00000226")?.xid == TransactionID(0x226))
    let full = PreparedTransactionFileName("0000000100000298")
    #expect(full?.xid == TransactionID(0x298) && full?.epoch == 1)
    for name in ["226", "0000022g", "0000022a", "000000000000029"] {
      #expect(PreparedTransactionFileName(name) == nil, "\(name)")
    }
  }

  @Test func walFiles() throws {
    let text = "00000002000000010000000F"
    let segment = try #require(SegmentName(text.utf8))
    #expect(WALFileName(text) == .segment(segment))
    #expect(WALFileName(text + ".partial") == .partialSegment(segment))
    #expect(WALFileName(text + ".00000028.backup") == .backupHistory(segment, offset: 0x28))
    #expect(WALFileName("00000003.history") == .history(TimelineID(3)))
    let summary = "00000001000000000100002800000000010042D8.summary"
    #expect(WALFileName(summary) == .summary(TimelineID(1), start: LSN(0x100_0028), end: LSN(0x100_42D8)))
    #expect(WALFileName("xlogtemp.123") == .temporary)
    #expect(WALFileName("RECOVERYXLOG") == .restored)
    #expect(WALFileName("archive_status") == .folder)
    for name in [
      "", ".gz", text + ".gz", "00000003.history.lz4", text.lowercased(), text + ".", text + ".partial.x",
      "00000003.HISTORY", summary + ".gz", "x",
    ] {
      #expect(WALFileName(name) == .other, "\(name)")
    }
  }
}
