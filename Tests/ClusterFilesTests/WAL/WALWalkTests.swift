import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Walks over real WAL: on any number of threads the same, through compressed and damaged files, across timelines.
@Suite struct WALWalkTests {
  /// Where a record begins and ends, and its checksum.
  struct Line: Hashable, Sendable {
    var start: LSN
    var end: LSN
    var checksum: UInt32
  }

  /// Notes every record.
  struct Collector: RecordSink, Sendable {
    var lines: [Line] = []
    mutating func accept(_ record: WALRecord) -> Bool {
      lines.append(Line(start: record.start, end: record.end, checksum: record.header.checksum))
      return true
    }
  }

  static func walk(
    _ source: WALSource, jobs: Int, from start: LSN? = nil, to end: LSN? = nil, salvage: Bool = false,
    batchSize: Int = 1 << 20
  ) async throws -> (lines: [Line], outcome: WALWalk.Outcome) {
    let first = try #require(start ?? source.route.firstSegment?.start(size: source.route.geometry.segmentSize))
    var walk = WALWalk(source.route, start: .firstRecord(from: first))
    (walk.jobs, walk.isSalvaging, walk.batchSize) = (jobs, salvage, batchSize)
    if let end { walk.end = end }
    var lines: [Line] = []
    let outcome = try await walk.run {
      Collector()
    } deliver: { sink in
      lines += sink.lines
      sink.lines = []
      return true
    }
    return (lines, outcome)
  }

  static func source(_ directory: String) throws -> WALSource {
    var request = WALSource.Request()
    request.dataDirectory = directory
    return try WALSource(request)
  }

  /// A folder with copies of a fixture's segments, changed or renamed by `change`; nil leaves one out.
  static func folder(_ node: FixtureNode, _ change: (String, [UInt8]) -> (String, [UInt8])?) throws -> ScratchDirectory
  {
    let scratch = ScratchDirectory()
    let version = try #require(ServerVersion(name: node.versionName))
    let folder = node.path + "/" + version.walDirectoryName
    for name in FileTree.entries(of: folder) where SegmentName(name.utf8) != nil || name.hasSuffix(".history") {
      if let (name, bytes) = change(name, try FileTree.contents(of: folder + "/" + name)) { scratch.write(name, bytes) }
    }
    return scratch
  }

  static func source(folder: ScratchDirectory...) throws -> WALSource {
    var request = WALSource.Request()
    request.folders = folder.map(\.path)
    return try WALSource(request)
  }

  @Test(arguments: ["pg13-crash", "pg17-crash", "pg17-timelines", "pg9.6-timelines", "pg19-clean"])
  func theNumberOfThreadsChangesNothing(fixture: String) async throws {
    let source = try Self.source(Fixtures.node(fixture, "data").path)
    let serial = try await Self.walk(source, jobs: 1)
    #expect(serial.lines.count > 100)
    for jobs in [2, 3, 8] {
      let parallel = try await Self.walk(source, jobs: jobs)
      #expect(parallel.lines == serial.lines)
      #expect(parallel.outcome.end == serial.outcome.end)
      #expect(parallel.outcome.stop == serial.outcome.stop)
      #expect(parallel.outcome.firstRecord == serial.outcome.firstRecord)
      #expect(parallel.outcome.lastRecord == serial.outcome.lastRecord)
    }
  }

  @Test(arguments: [1, 4])
  func aRangeEndsWhereItShould(jobs: Int) async throws {
    let source = try Self.source(Fixtures.node("pg17-crash", "data").path)
    let all = try await Self.walk(source, jobs: 1).lines
    for index in stride(from: 10, to: all.count - 400, by: all.count / 7) {
      let part = try await Self.walk(source, jobs: jobs, from: all[index].start, to: all[index + 300].end)
      #expect(part.lines == Array(all[index...index + 300]))
      #expect(part.outcome.stop.reason == .limit)
    }
  }

  @Test func oneTimelineLeadsToTheNext() async throws {
    let node = try Fixtures.node("pg17-timelines", "data")
    let source = try Self.source(node.path)
    let lines = try await Self.walk(source, jobs: 1).lines
    let dump = try #require(try node.walDump(timeline: source.route.history.timeline.hex))
    let last = dump.last { $0.hasPrefix("rmgr: ") }?.firstRange(of: "lsn: ")
    #expect(last != nil && lines.count == dump.count { $0.hasPrefix("rmgr: ") })
    #expect(source.histories.count == source.route.history.ancestors.count)
  }

  @Test(arguments: [1, 4])
  func compressedSegmentsReadLikePlainOnes(jobs: Int) async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let plain = try await Self.walk(Self.source(node.path), jobs: 1)
    let scratch = try Self.folder(node) { ($0, $1) }
    // Every second segment compressed; one of them as two members in a row, one with padding after it.
    for (index, name) in FileTree.entries(of: scratch.path).enumerated() where index % 2 == 0 {
      try Gzip.compress(scratch.path + "/" + name, members: index % 4 == 0 ? 2 : 1)
    }
    let packed = try await Self.walk(Self.source(folder: scratch), jobs: jobs)
    #expect(packed.lines == plain.lines)
    #expect(packed.outcome.end == plain.outcome.end)
  }

  @Test func aCompressedFileThatBreaksOffIsAShortFile() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = try Self.folder(node) { ($0, $1) }
    let name = try #require(FileTree.entries(of: scratch.path).dropFirst(3).first)
    try Gzip.compress(scratch.path + "/" + name, members: 1)
    let bytes = try FileTree.contents(of: "\(scratch.path)/\(name).gz")
    scratch.write(name + ".gz", Array(bytes.prefix(bytes.count / 2)))
    let outcome = try await Self.walk(Self.source(folder: scratch), jobs: 1).outcome
    #expect(outcome.stop.reason == .shortFile)
    #expect(outcome.stop.found?.contains("ends before") == true)
  }

  @Test(arguments: [1, 3])
  func damageIsPassedOverWhenAsked(jobs: Int) async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let whole = try await Self.walk(Self.source(node.path), jobs: 1)
    let victim = try #require(
      FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }.dropFirst(4).first)
    let scratch = try Self.folder(node) { name, bytes in
      guard name == victim else { return (name, bytes) }
      var bytes = bytes
      for index in 300_000..<330_000 { bytes[index] = 0xEE }
      return (name, bytes)
    }
    let source = try Self.source(folder: scratch)
    let stopped = try await Self.walk(source, jobs: jobs)
    #expect(stopped.lines.count < whole.lines.count / 2)
    let salvaged = try await Self.walk(source, jobs: jobs, salvage: true)
    let damage = try #require(salvaged.outcome.damages.first)
    #expect(salvaged.outcome.damages.count == 1)
    #expect(damage.stop == stopped.outcome.stop)
    #expect(salvaged.outcome.end == whole.outcome.end)
    // What lies outside the damage is all there, and nothing else is.
    let kept = whole.lines.filter { line in
      line.start < damage.stop.at && line.start < damage.stop.record ?? damage.stop.at
        || line.start >= damage.resumedAt
    }
    #expect(salvaged.lines == kept)
  }

  @Test func aMissingSegmentIsPassedOverWhenAsked() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    let scratch = try Self.folder(node) { $0 == names[5] ? nil : ($0, $1) }
    let source = try Self.source(folder: scratch)
    #expect(try await Self.walk(source, jobs: 1).outcome.stop.reason == .incompleteRecord)
    let salvaged = try await Self.walk(source, jobs: 1, salvage: true)
    #expect(salvaged.outcome.damages.count == 1)
    #expect(salvaged.outcome.stop.reason == .zeroLength)
  }

  @Test func validWALBehindTheEndIsReported() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let victim = try #require(
      FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }.dropFirst(4).first)
    let scratch = try Self.folder(node) { name, bytes in
      var bytes = bytes
      if name == victim { bytes[500_000] ^= 0xFF }
      return (name, bytes)
    }
    let source = try Self.source(folder: scratch)
    let start = try #require(source.route.firstSegment?.start(size: 1 << 20))
    let end = WALEndSearch(source.route).find(firstRecordFrom: start).end
    let again = try #require(end.validAgainFrom)
    #expect(again > end.stop.at && again < end.stop.at.advanced(by: 3 * 8192))
  }
}
