import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Where WAL ends on a node's own timeline, found from its checkpoint on: where pg_waldump of the same version stops.
@Suite struct WALEndTests {
  static let nodes: [FixtureNode] =
    Fixtures.names.flatMap { (try? Fixtures.nodes($0)) ?? [] }
    + Fixtures.externalFolders.flatMap { (try? Fixtures.nodes(inFolder: $0)) ?? [] }

  /// The node's control file and the history of its own timeline.
  static func state(of node: FixtureNode) throws -> (ServerVersion, ControlFile, TimelineHistory) {
    let version = try #require(ServerVersion(name: node.versionName))
    let bytes = try FileTree.contents(of: node.path + "/global/pg_control")
    let control = try ControlFile(parsing: bytes.span.bytes, version: version)
    let timeline = max(control.checkpoint.timeline, control.minRecoveryPointTimeline)
    let path = "\(node.path)/\(version.walDirectoryName)/\(timeline.hex).history"
    guard FileTree.exists(path) else { return (version, control, TimelineHistory(timeline: timeline)) }
    let text = try FileTree.contents(of: path)
    return (version, control, try TimelineHistory(parsing: text.span.bytes, timeline: timeline))
  }

  @Test(arguments: nodes)
  func theEndIsWherePgWaldumpStops(node: FixtureNode) throws {
    let (version, control, history) = try Self.state(of: node)
    let (wal, problems) = WALEvidence.gather(
      dataDirectory: node.path, version: version, control: control, history: history)
    #expect(problems.isEmpty, "\(problems)")
    let end = try #require(wal.end)
    #expect(end.walkedFrom == control.checkpoint.redo)
    #expect(end.timeline == history.timeline)
    #expect(end.stop.reason == .zeroLength)
    #expect(end.validAgainFrom == nil)
    #expect(wal.gaps.isEmpty)
    guard let dump = try node.walDump(timeline: history.timeline.hex) else { return }
    let last = try #require(
      dump.last { $0.hasPrefix("rmgr: ") }?.firstRange(of: "lsn: ").flatMap { range in
        LSN(String(dump.last { $0.hasPrefix("rmgr: ") }.map { $0[range.upperBound...].prefix { $0 != "," } } ?? ""))
      })
    #expect(end.lastRecord == last)
    guard let message = dump.last(where: { $0.contains("invalid record length at") }) else { return }
    let position = try #require(message.split(separator: " ").compactMap { LSN(String($0.prefix { $0 != ":" })) }.last)
    #expect(end.stop.at == position)
    #expect(end.lsn == position)
    #expect(end.path?.hasPrefix(version.walDirectoryName + "/") == true)
    #expect(end.offset == Int(position.rawValue % UInt64(control.walSegmentSize)))
  }

  /// A damaged control file must not hide the end: the newest live segment leads there as well.
  @Test(arguments: nodes)
  func theEndIsFoundWithoutAControlFile(node: FixtureNode) throws {
    let (version, control, history) = try Self.state(of: node)
    let (with, _) = WALEvidence.gather(dataDirectory: node.path, version: version, control: control, history: history)
    let (without, _) = WALEvidence.gather(dataDirectory: node.path, version: nil, control: nil, history: history)
    #expect(without.segmentSize == Int(control.walSegmentSize))
    #expect(without.end?.lsn == with.end?.lsn)
    #expect(without.end?.lastRecord == with.end?.lastRecord)
    #expect(without.live == with.live)
  }
}
