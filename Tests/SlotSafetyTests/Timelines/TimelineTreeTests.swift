import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

@Suite struct TimelineTreeTests {
  /// A node that has these histories and stands on `timeline` with WAL up to `end`.
  static func node(
    _ name: String, on timeline: UInt32, end: UInt64, system: UInt64 = 7, histories: [[(UInt32, UInt64)]] = []
  ) -> Evidence {
    var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: name))
    var control = ControlFile.sample
    control.systemIdentifier = system
    control.checkpoint.timeline = TimelineID(timeline)
    evidence.control = Located(control, path: "global/pg_control")
    evidence.timelines = histories.map { entries in
      let own = TimelineID((entries.last?.0 ?? 0) + 1)
      let ancestors = entries.map {
        TimelineHistory.Entry(timeline: TimelineID($0.0), switchPoint: LSN($0.1), reason: "test")
      }
      return Located(TimelineHistory(timeline: own, ancestors: ancestors), path: "pg_wal/\(own.hex).history")
    }
    evidence.wal.end = WALEnd(
      lsn: LSN(end), timeline: TimelineID(timeline), lastRecord: nil, walkedFrom: .none,
      stop: WALStop(.zeroLength, at: LSN(end)))
    return evidence
  }

  @Test func aNodePastAForkIsNamedWithTheBytesItWentOn() {
    let tree = TimelineTree([
      Self.node("old", on: 1, end: 1500), Self.node("new", on: 2, end: 1200, histories: [[(1, 1000)]]),
    ])
    #expect(tree.branches.map(\.timeline.rawValue) == [1, 2])
    #expect(tree.nodes[0].passed.map(\.bytes) == [500])
    #expect(tree.nodes[1].passed.isEmpty)
    #expect(tree.findings.map(\.id) == ["timeline.diverged"])
  }

  private static func archive(_ histories: [[(UInt32, UInt64)]]) -> ArchivedTimelines {
    var archive = ArchivedTimelines(path: "/archive")
    archive.histories = node("", on: 1, end: 0, histories: histories).timelines.map {
      Located($0.value, path: "/archive/\($0.value.timeline.hex).history")
    }
    return archive
  }

  /// A standby that was promoted by mistake left its history in the archive.
  @Test func aBranchThatOnlyAnArchiveKnows() throws {
    let tree = TimelineTree([Self.node("a", on: 1, end: 1500)], archives: [Self.archive([[(1, 1000)]])])
    #expect(tree.branches.map(\.timeline.rawValue) == [1, 2])
    let found = try #require(tree.findings.first)
    #expect(found.id == "timeline.diverged" && found.remedy?.contains("recovery_target_timeline = 'current'") == true)
    #expect(found.remedy?.contains("/archive/00000002.history") == true)
  }

  @Test func whatAnArchiveLacks() {
    func findings(_ histories: [[(UInt32, UInt64)]]) -> [Finding] {
      TimelineTree(
        [Self.node("a", on: 2, end: 1500, histories: [[(1, 1000)]])], archives: [Self.archive(histories)]
      ).findings
    }
    #expect(findings([[(1, 1000)]]).isEmpty)
    #expect(findings([]).first?.message.contains("lacks 00000002.history") == true)
  }

  @Test func aNodeThatEndsAtTheForkHasNotDiverged() {
    let tree = TimelineTree([
      Self.node("old", on: 1, end: 1000), Self.node("new", on: 2, end: 1200, histories: [[(1, 1000)]]),
    ])
    #expect(tree.findings.isEmpty)
  }

  @Test func twoPromotionsThatDidNotKnowOfEachOtherAreTwoBranches() {
    let tree = TimelineTree([
      Self.node("a", on: 2, end: 1200, histories: [[(1, 1000)]]),
      Self.node("b", on: 2, end: 1300, histories: [[(1, 1100)]]),
    ])
    #expect(tree.branches.map(\.timeline.rawValue) == [1, 2, 2])
    #expect(tree.findings.map(\.id) == ["timeline.ambiguous", "timeline.diverged"])
  }

  @Test func differentClustersAreSaid() {
    let tree = TimelineTree([Self.node("a", on: 1, end: 10), Self.node("b", on: 1, end: 10, system: 8)])
    #expect(tree.findings.map(\.id) == ["cluster.different-systems"])
    #expect(TimelineTree([Self.node("a", on: 1, end: 10), Self.node("b", on: 1, end: 10)]).findings.isEmpty)
  }

  @Test func aTimelineWithoutItsHistoryIsAnOrphan() {
    let tree = TimelineTree([Self.node("a", on: 3, end: 10)])
    #expect(tree.branches.map(\.isOrphan) == [true])
    #expect(tree.findings.map(\.id) == ["timeline.history-missing"])
  }

  @Test func aHistoryOfThousandsOfTimelinesIsDrawnInLinearSpace() {
    let long = (1...4000).map { (UInt32($0), UInt64($0) * 100) }
    let tree = TimelineTree([Self.node("a", on: 4001, end: 400_100, histories: [long])])
    #expect(tree.branches.count == 4001)
    #expect(tree.branches.last?.parent == 3999)
  }
}
