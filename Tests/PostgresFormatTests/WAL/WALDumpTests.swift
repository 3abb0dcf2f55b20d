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
    let lines = dump.compactMap(DumpLine.init)
    #expect(walked.records.count == lines.count, "\(place)")
    for (record, line) in zip(walked.records, lines) {
      #expect(record.start == line.start, "\(place)")
      #expect(record.header.previous == line.previous, "\(place) at \(record.start)")
      #expect(record.header.xid.rawValue == line.xid, "\(place) at \(record.start)")
      #expect(Int(record.header.totalLength) == line.total, "\(place) at \(record.start)")
      // Up to 9.6 the tool's first figure was the main data alone.
      let length = version == .v9_6 ? record.totals.mainDataLength : line.total - record.totals.imageLength
      #expect(length == line.length, "\(place) at \(record.start)")
    }
    guard let message = dump.last(where: { $0.contains("error in WAL record at") }) else { return }
    let positions = message.split(separator: " ").compactMap { LSN(String($0.prefix { $0 != ":" })) }
    #expect(walked.lastRecord == positions.first, "\(place)")
    #expect(walked.stop?.at == positions.last, "\(place)")
    #expect(walked.stop?.reason == .zeroLength, "\(place)")
  }
}

/// One line of pg_waldump.
struct DumpLine {
  var start: LSN
  var previous: LSN
  var xid: UInt32
  var length: Int
  var total: Int

  init?(_ line: String) {
    guard line.hasPrefix("rmgr: ") else { return nil }
    func number(after label: String, in text: String) -> Substring? {
      guard let range = text.firstRange(of: label) else { return nil }
      return text[range.upperBound...].drop { $0 == " " }.prefix { $0 != "," && $0 != " " }
    }
    let lengths = number(after: "(rec/tot):", in: line)?.prefix { $0 != "/" }
    guard let start = number(after: "lsn: ", in: line).flatMap({ LSN(String($0)) }),
      let previous = number(after: "prev ", in: line).flatMap({ LSN(String($0)) }),
      let xid = number(after: "tx: ", in: line).flatMap({ UInt32($0) }),
      let length = lengths.flatMap({ Int($0) }),
      let total = line.firstRange(of: "(rec/tot):").map({ line[$0.upperBound...] })?.drop(while: { $0 != "/" })
        .dropFirst()
        .drop(while: { $0 == " " }).prefix(while: { $0 != "," }),
      let total = Int(total)
    else { return nil }
    (self.start, self.previous, self.xid, self.length, self.total) = (start, previous, xid, length, total)
  }
}
