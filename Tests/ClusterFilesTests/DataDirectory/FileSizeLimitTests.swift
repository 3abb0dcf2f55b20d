import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// How much is read: of one file as much wherever it is read, and of many together no more than memory should hold.
@Suite struct FileSizeLimitTests {
  private let scratch = ScratchDirectory()

  private func gathered(entryLimit: Int = Evidence.historyEntryLimit) -> Evidence {
    var evidence = Evidence(
      origin: Origin(kind: .dataDirectory, source: scratch.path, host: nil, gatheredAt: Timestamp(unixMicroseconds: 0)))
    evidence.version = .v17
    let reader = EvidenceReader(directory: scratch.path, storage: PosixStorage())
    reader.readTimelines(into: &evidence, entryLimit: entryLimit)
    reader.readStartFiles(into: &evidence)
    return evidence
  }

  private func history(bytes: Int) -> String {
    let entry = "1\t0/3000000\tx\n"
    let lines = entry + String(repeating: "# as people add them\n", count: bytes / 21 - 1)
    return lines + String(repeating: "\n", count: bytes - lines.utf8.count)
  }

  private func isTooLarge(_ path: String) -> Bool {
    do throws(FileError) { _ = try RecognizedFileReader.read(path) } catch {
      if case .tooLarge = error.reason { return true }
    }
    return false
  }

  @Test(arguments: [(300 << 10, true), (1 << 20, true), (1 << 20 + 1, false)])
  func aHistoryIsReadAloneAndWithItsDirectoryAlike(bytes: Int, isRead: Bool) throws {
    let path = scratch.write("pg_wal/00000002.history", history(bytes: bytes))
    #expect(isTooLarge(path) == !isRead)
    let evidence = gathered()
    #expect(evidence.timelines.count == (isRead ? 1 : 0))
    #expect(evidence.problems.map(\.path) == (isRead ? [] : ["pg_wal/00000002.history"]))
    var inventory = WALInventory()
    try inventory.add(folder: scratch.path + "/pg_wal")
    let histories = inventory.readHistories()
    #expect(histories.count == (isRead ? 1 : 0) && inventory.problems.isEmpty == isRead)
  }

  @Test func aTablespaceMapIsReadAloneAndWithItsDirectoryAlike() {
    let line = "16384 /" + String(repeating: "x", count: 1000) + "\n"
    let path = scratch.write("tablespace_map", String(repeating: line, count: 2000))
    #expect(!isTooLarge(path))
    #expect(gathered().startFiles.tablespaceMap.count == 2000)
  }

  /// Three histories with two entries each: the newest are read until there are more entries than are kept, and the rest is
  /// said to be left out.
  @Test(arguments: [(Int.max, 3), (5, 2), (0, 1)])
  func ofManyHistoriesTheNewestAreRead(entryLimit: Int, count: Int) throws {
    for timeline in 3...5 {
      scratch.write("pg_wal/0000000\(timeline).history", "1\t0/3000000\tx\n2\t0/4000000\ty\n")
    }
    let expected = (3...5).suffix(count).map { TimelineID(UInt32($0)) }
    let evidence = gathered(entryLimit: entryLimit)
    #expect(evidence.timelines.map(\.value.timeline) == expected)
    #expect(evidence.problems.count == (count == 3 ? 0 : 1))
    var inventory = WALInventory()
    try inventory.add(folder: scratch.path + "/pg_wal")
    let histories = inventory.readHistories(entryLimit: entryLimit)
    #expect(histories.map(\.timeline) == expected)
    let leftOut = inventory.problems.map(\.path)
    #expect(leftOut == (count == 3 ? [] : ["\(scratch.path)/pg_wal/0000000\(5 - count).history"]))
  }
}
