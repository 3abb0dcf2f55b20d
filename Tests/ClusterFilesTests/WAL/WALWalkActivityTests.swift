import FixtureSupport
import Testing

@testable import ClusterFiles
@testable import Evidence
@testable import PostgresFormat

@Suite struct WALWalkActivityTests {
  /// A walk along the timeline that the node is on, from a position or the first segment to the end.
  private func walk(_ node: FixtureNode, from start: LSN? = nil) throws -> WALWalk {
    var request = WALSource.Request()
    request.dataDirectory = node.path
    let route = try WALSource(request).route
    let first = try #require(route.firstSegment).start(size: route.geometry.segmentSize)
    return WALWalk(route, start: .firstRecord(from: start ?? first))
  }

  @Test func aDirectorysActivityIsThatOfItsRecordsWhateverTheNumberOfThreads() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    var walk = try walk(node)
    let one = try await walk.activity()
    walk.jobs = 3
    let three = try await walk.activity()
    #expect(one.activity.recordCount == three.activity.recordCount)
    #expect(one.activity.databases.map(\.commitCount) == three.activity.databases.map(\.commitCount))
    #expect(one.activity.checkpoints == three.activity.checkpoints)
    #expect(one.activity.openPreparedTransactions == three.activity.openPreparedTransactions)
    let rows = [one, three].map { $0.activity.databases.flatMap(\.commits).map(\.rowCount) }
    #expect(rows[0] == rows[1])
    let lines = try #require(try node.walDump(timeline: "00000001")).compactMap(WALDumpLine.init)
    #expect(one.activity.recordCount == UInt64(lines.count))
    #expect(one.activity.to == one.outcome.end)
  }

  /// A server that was promoted several times: the reader follows its timelines, and sees each begin.
  @Test(arguments: ["pg13-timelines", "pg17-timelines", "pg19-timelines"])
  func promotionsAreSeenAlongTheTimelines(fixture: String) async throws {
    let node = try #require(try Fixtures.nodes(fixture).first)
    let walk = try walk(node)
    let result = try await walk.activity()
    let history = walk.route.history
    let changes = result.activity.timelineChanges.map { [$0.previousTimeline.rawValue, $0.timeline.rawValue] }
    let first = try #require(result.activity.from)
    let switches = history.ancestors.filter { $0.switchPoint >= first }
    #expect(result.activity.timelineChanges.map(\.lsn) == switches.map(\.switchPoint))
    #expect(changes.last?.last == history.timeline.rawValue)
  }

  @Test func aStartInTheMiddleLeavesOutWhatWasBefore() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let whole = try await walk(node).activity().activity
    let commits = whole.databases.flatMap(\.commits).sorted { $0.start < $1.start }
    let middle = commits[commits.count / 2].start
    let rest = try await walk(node, from: middle).activity().activity
    #expect(rest.from == middle)
    #expect(rest.databases.flatMap(\.commits).count == commits.count - commits.count / 2)
  }
}
