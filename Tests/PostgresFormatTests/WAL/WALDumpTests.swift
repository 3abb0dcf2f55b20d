import FixtureSupport
import Testing

@testable import PostgresFormat

/// Every record that pg_waldump of the same version found in real segments, found here, with the same end.
@Suite struct WALDumpTests {
  static let nodes: [FixtureNode] =
    Fixtures.names.flatMap { (try? Fixtures.nodes($0)) ?? [] }
    + Fixtures.externalFolders.flatMap { (try? Fixtures.nodes(inFolder: $0)) ?? [] }

  @Test(arguments: nodes)
  func theSameRecordsAndTheSameEnd(node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    let folder = node.path + "/" + version.walDirectoryName
    let names = FileTree.entries(of: folder).compactMap { SegmentName($0.utf8) }
    for timeline in Set(names.map(\.timeline)).sorted() {
      guard let dump = try node.walDump(timeline: timeline.hex) else { continue }
      let segments = try names.filter { $0.timeline == timeline }.map { try FileTree.contents(of: "\(folder)/\($0)") }
      let walked = try Walked(segments)
      try #require(walked.stop != nil)
      Self.compare(walked, with: dump, version: version, "\(node) timeline \(timeline)")
    }
  }

  private static func compare(_ walked: Walked, with dump: [String], version: ServerVersion, _ place: String) {
    let lines = dump.compactMap(WALDumpLine.init)
    #expect(walked.records.count == lines.count, "\(place)")
    for (record, line) in zip(walked.records, lines) {
      // Up to 9.6 the tool's first figure was the main data alone.
      let length =
        version == .v9_6 ? record.totals.mainDataLength : line.totalLength - record.totals.imageLength
      let isSame =
        record.start.rawValue == line.lsn && record.header.previous.rawValue == line.previous
        && record.header.xid.rawValue == line.xid && Int(record.header.totalLength) == line.totalLength
        && length == line.length
      // A million of them: only what is wrong is expanded.
      if !isSame { Issue.record("\(place) at \(record.start): \(record.header), \(length) bytes; \(line)") }
    }
    guard let message = dump.last(where: { $0.contains("error in WAL record at") }) else { return }
    let positions = message.split(separator: " ").compactMap { LSN(String($0.prefix { $0 != ":" })) }
    #expect(walked.lastRecord == positions.first, "\(place)")
    #expect(walked.stop?.at == positions.last, "\(place)")
    #expect(walked.stop?.reason == .zeroLength, "\(place)")
  }
}
