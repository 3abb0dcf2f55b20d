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
