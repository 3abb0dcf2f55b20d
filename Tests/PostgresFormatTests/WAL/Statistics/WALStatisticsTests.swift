import FixtureSupport
import Testing

@testable import PostgresFormat

@Suite struct WALStatisticsTests {
  /// Sums of what pg_waldump prints record by record are what `pg_waldump --stats` prints.
  @Test(arguments: RecordsAgainstWALDumpTests.nodes)
  func sumsAreThoseOfTheServersTool(node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    guard version > .v9_6, let lines = try node.walDump(timeline: "00000001") else { return }
    let wal = try WALBytes(dataDirectory: node.path, timeline: "00000001")
    let geometry = try #require(WALGeometry(version: version, segmentSize: 1 << 20))
    var expected: [String: [UInt64]] = [:]
    var (whole, parts, part) = (StatisticsSink(), WALStatistics(), StatisticsSink())
    for (index, line) in lines.compactMap(WALDumpLine.init).enumerated() {
      let bytes = try wal.record(at: line.lsn, count: line.totalLength)
      for key in [line.manager, "\(line.manager)/\(line.type)"] {
        var sums = expected[key] ?? [0, 0, 0]
        sums[0] += 1
        sums[1] += UInt64(line.length)
        sums[2] += UInt64(line.totalLength - line.length)
        expected[key] = sums
      }
      try feed(bytes, at: line.lsn, geometry, to: &whole)
      try feed(bytes, at: line.lsn, geometry, to: &part)
      if index % 100 == 99 {
        parts.append(part.statistics)
        part = StatisticsSink()
      }
    }
    parts.append(part.statistics)
    #expect(parts == whole.statistics)

    let names = RecordTypeNames(version)
    var found: [String: [UInt64]] = [:]
    for (manager, counter) in whole.statistics.managers where counter.count > 0 {
      found[manager.name] = [counter.count, counter.recordBytes, counter.imageBytes]
    }
    for (manager, info, counter) in whole.statistics.types {
      found["\(manager)/\(names.name(manager, info: info))"] = [counter.count, counter.recordBytes, counter.imageBytes]
    }
    #expect(found == expected)
  }

  private func feed(_ bytes: [UInt8], at lsn: UInt64, _ geometry: WALGeometry, to sink: inout StatisticsSink) throws {
    let totals = FragmentTotals.sum(bytes.span.bytes, total: bytes.count, layout: RecordLayout(geometry.version))
    #expect(totals.firstMisfit == nil)
    let record = WALRecord(
      start: LSN(lsn), end: LSN(lsn).advanced(by: UInt64(bytes.count)),
      totals: totals, bytes: bytes.span.bytes)
    _ = sink.accept(record)
  }

  @Test func everyManagerOfTheServerHasALine() {
    var statistics = WALStatistics()
    statistics.add(ResourceManager(200), info: 0x10, totalLength: 100, imageLength: 40)
    #expect(statistics.managers.count == 23)
    #expect(statistics.managers.last?.manager.name == "custom200")
    #expect(statistics.total.recordBytes == 60)
    #expect(statistics.total.imageBytes == 40)
  }
}
