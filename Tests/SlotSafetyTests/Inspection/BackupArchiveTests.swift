import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// A base backup without WAL is whole: its recovery brings it, from an archive that can be looked into.
@Suite struct BackupArchiveTests {
  private let sample = StartupPredictionTests()

  private func backup(
    command: String? = "cp /a/%f %p", archived: Bool = false, _ change: (inout Evidence) -> Void = { _ in }
  ) throws -> Inspection {
    var node = try sample.sound()
    let control = try #require(node.control?.value)
    let size = try #require(node.wal.segmentSize)
    node.startFiles.backupLabelPresent = true
    node.startFiles.backupLabel = Located(
      BackupLabel.sample(control.checkpoint.redo, checkpoint: control.checkpointLSN), path: "backup_label")
    node.startFiles.recoverySignal = true
    (node.wal.live, node.wal.end) = ([], nil)
    if let command { sample.set(&node, "restore_command", command) }
    if archived {
      var archive = ArchivedTimelines(path: "/a")
      let first = SegmentNumber(containing: control.checkpoint.redo, size: size)
      archive.segments = [SegmentRun(timeline: TimelineID(1), first: first, last: SegmentNumber(first.rawValue + 1))]
      node.archives = [archive]
    }
    change(&node)
    return Inspection(node)
  }

  private func found(_ node: Inspection) -> [RuleID] {
    node.findings.map(\.rule).filter { [.walRedoMissing, .walRedoFetched].contains($0) }
  }

  @Test func whatRestoreCommandBringsIsNoError() throws {
    let unseen = try backup()
    #expect(found(unseen) == [.walRedoFetched] && unseen.worst == .warning)
    #expect(unseen.startup.message?.contains("neither the archive nor the primary has its WAL") == true)
    let seen = try backup(archived: true)
    #expect(found(seen) == [] && seen.startup.wouldStart == nil)
    #expect(seen.startup.message?.contains("only if the archive's file of that segment cannot be read") == true)
  }

  @Test func withoutACommandItIsOne() throws {
    #expect(found(try backup(command: nil)) == [.walRedoMissing])
    let copy = try backup(command: nil, archived: true).findings.first { $0.rule == .walRedoMissing }
    #expect(copy?.remedy == "Copy it from /a, which has a file of that name, before any start.")
    #expect(found(try backup { $0.startFiles.backupLabelPresent = false }) == [.walRedoMissing], "a server's own")
  }

  @Test func aRunOfSegmentsHasToReachAllTheWay() throws {
    var node = try backup(archived: true).evidence
    let size = UInt64(try #require(node.wal.segmentSize))
    let first = try #require(node.archives[0].segments.first?.first)
    let start = LSN(first.rawValue * size)
    let history = TimelineHistory(timeline: TimelineID(1))
    #expect(node.archive(with: start, to: start.advanced(by: 2 * size - 1), in: history) != nil)
    #expect(node.archive(with: start, to: start.advanced(by: 2 * size), in: history) == nil)
    #expect(node.archive(with: LSN(start.rawValue - 1), in: history) == nil)
    let next = SegmentNumber(first.rawValue + 2)
    node.archives[0].segments.append(SegmentRun(timeline: TimelineID(2), first: next, last: next))
    #expect(node.archive(with: start, to: start.advanced(by: 2 * size), in: history) == nil, "another timeline's")
  }
}
