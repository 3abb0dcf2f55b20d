import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// Many clusters in rows: after the schema, the worst first, read back as they were written, and nothing taken for whole that is not.
@Suite struct FleetReportTests {
  private static let time = Timestamp(unixSeconds: 1_763_719_480)

  private static func rows() throws -> [FleetRow] {
    let primary = try SampleDocuments.evidence("pg17-pair", "primary")
    let standby = try SampleDocuments.evidence("pg17-pair", "standby")
    let whole = StatusReportTests.status([("db1", primary), ("db2", standby)], name: "b")
    let part = StatusReportTests.status([("db1", primary), ("db2", standby), ("db3", nil)], name: "a")
    var fine = FleetRow(whole, cluster: "fine", at: time)
    (fine.verdict, fine.errors) = (.ready, 0)
    return [
      fine, FleetRow(whole, cluster: "b", at: time), FleetRow(part, cluster: "a", at: time),
      FleetRow(cluster: "bad\u{1B}[2J", at: time, failure: "x<script>: no such file"),
    ]
  }

  private static func written(_ report: FleetReport) -> [UInt8] { Array(FleetJSON.lines(report).utf8) }

  @Test func everyLineFollowsTheSchemaAndIsReadBack() throws {
    let shard = try #require(FleetReport.Shard("2/3"))
    var rows = try Self.rows()
    for index in rows.indices { while !shard.has(rows[index].cluster) { rows[index].cluster += "x" } }
    let report = FleetReport(rows, shard: shard)
    let text = FleetJSON.lines(report)
    let schema = try DocumentSchema.fleet.load()
    for line in text.split(separator: "\n") {
      #expect(schema.violations(in: try JSONDocument(parsing: String(line))) == [])
    }
    let again = try #require(try FleetJSON.read(Array(text.utf8)).first)
    #expect(again.rows == report.rows && again.shard == report.shard && again.gaps.isEmpty)
    #expect(again.verdict == .unknown && report.rows.map(\.verdict).first == .unknown)
    #expect(
      report.rows.last?.cluster.hasPrefix("fine") == true
        && report.rows[0].unreadNodes + report.rows[1].unreadNodes == 1)
  }

  @Test func textAndPagesShowTheWorstFirstAndHarmNobody() throws {
    var report = FleetReport(try Self.rows())
    report.gaps = ["part 1/2"]
    let text = FleetText.report(report, style: .plain, verbose: false).text
    #expect(text.hasPrefix("4 clusters: 3 unknown, 1 ready") && text.contains("1 that are ready with -v"), "\(text)")
    #expect(text.contains("missing: part 1/2") && !text.contains("\u{1B}"))
    #expect(FleetText.report(report, style: .plain, verbose: true).text.contains("\nfine "))
    let page = FleetHTML.page(report, at: Self.time)
    #expect(PageCheck.violations(of: page) == [])
    #expect(page.contains("Missing: part 1/2") && page.contains("x&lt;script&gt;") && !page.contains("\u{1B}"))
    #expect(OwnDocument.isOne(beginning: String(page.prefix(1000)), end: ""))
    #expect(OwnDocument.isOne(beginning: String(FleetJSON.lines(report).prefix(1000)), end: ""))
    let metrics = FleetPrometheus.metrics(report, at: Self.time)
    #expect(
      metrics.contains("slotscope_cluster_verdict{cluster=\"b\",event=\"decisive\",verdict=")
        && metrics.contains("slotscope_up 0"))
  }

  @Test func whatIsTooOldIsNoAnswer() throws {
    var row = FleetRow(cluster: "a", at: Self.time, failure: "READY: promote now")
    (row.verdict, row.crash, row.ageSeconds, row.errors) = (.ready, .ready, 90, 0)
    #expect(!row.isOlder(than: nil) && !row.isOlder(than: 90) && row.isOlder(than: 89))
    let old = row.withoutAnswer(age: 7200)
    #expect(old.verdict == .unknown && old.crash == nil && old.at == row.at && old.ageSeconds == 90)
    #expect(old.headline == "UNKNOWN: its evidence is 2 h old; it was READY: promote now")
    row.ageSeconds = nil
    #expect(row.isOlder(than: 1_000_000))
    row.verdict = .unknown
    #expect(!row.isOlder(than: 1))
  }

  @Test func everyClusterFallsToOnePart() {
    for name in ["prod", "", "a", "ä", "billing-17"] {
      for count in [1, 2, 16, 10_000] {
        let parts = (1...count).filter { FleetReport.Shard("\($0)/\(count)")?.has(name) == true }
        #expect(parts.count == 1, "\(name) of \(count)")
      }
    }
    let counts = (1...4).map { number in
      (0..<2000).count { FleetReport.Shard("\(number)/4")?.has("cluster-\($0)") == true }
    }
    #expect(counts.allSatisfy { (400...600).contains($0) }, "\(counts)")
    for text in ["0/3", "4/3", "3", "a/b", "1/10001", "-1/3", "1/3/5", "", "1/0"] {
      #expect(FleetReport.Shard(text) == nil, "\(text)")
    }
  }

  @Test func whatIsCutOffOrDamagedIsNotTakenForWhole() throws {
    let bytes = Self.written(FleetReport(try Self.rows()))
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let withoutEnd = Array(lines.dropLast(2).joined(separator: [UInt8(ascii: "\n")]))
    #expect(try FleetJSON.read(withoutEnd).map(\.gaps) == [["a run was cut off: its last line is missing"]])
    #expect(try FleetJSON.read([]).map(\.verdict) == [.unknown])
    let missing = Array(lines.dropFirst().joined(separator: [UInt8(ascii: "\n")]))
    #expect(throws: FleetJSON.ReadError.self) { try FleetJSON.read(missing) }
    for text in ["x", "[]", "{\"schema\":\"slotscope.audit/1\"}", "{\"schema\":\"slotscope.fleet/1\"}"] {
      #expect(throws: FleetJSON.ReadError.self) { try FleetJSON.read(Array(text.utf8)) }
    }
    for count in stride(from: 0, to: bytes.count, by: 7) {
      if let runs = try? FleetJSON.read(Array(bytes[..<count])) { #expect(runs.map(\.verdict) == [.unknown]) }
    }
    for index in stride(from: 0, to: bytes.count, by: 11) {
      var changed = bytes
      changed[index] ^= 0x15
      _ = try? FleetJSON.read(changed)
    }
  }

  /// Files are put together with cat, too.
  @Test func everyRunOfAFileCounts() throws {
    let first = Self.written(FleetReport([Self.fine("a")]))
    let second = Self.written(FleetReport([FleetRow(cluster: "b", at: Self.time, failure: "gone")]))
    let runs = try FleetJSON.read(first + second)
    #expect(runs.map { $0.rows.map(\.cluster) } == [["a"], ["b"]] && runs.map(\.verdict) == [.ready, .unknown])
    // The first was cut off: whose rows are whose is not known.
    let cut = first.split(separator: UInt8(ascii: "\n")).first.map { Array($0) } ?? []
    #expect(throws: FleetJSON.ReadError.self) { try FleetJSON.read(cut + [UInt8(ascii: "\n")] + second) }
    #expect(try FleetJSON.read(first + cut).map(\.verdict) == [.ready, .unknown])
  }

  private static func fine(_ name: String) -> FleetRow {
    var row = FleetRow(cluster: name, at: time, failure: "")
    (row.verdict, row.errors, row.nodes, row.ageSeconds) = (.ready, 0, 2, 5)
    return row
  }

  /// A row or a last line that cannot be as it is, of a cluster that would be ready.
  @Test(arguments: [
    ("\"shard\":null", "\"shard\":\"1/20000\""), ("\"shard\":null", "\"shard\":7"), ("\"gaps\":[]", "\"gaps\":[1]"),
    ("\"gaps\":[]", "\"gaps\":\"x\""), (",\"gaps\":[]", ""), ("\"unread_nodes\":0", "\"unread_nodes\":1"),
    ("\"unread_nodes\":0", "\"unread_nodes\":9223372036854775807"), ("\"nodes\":2", "\"nodes\":0"),
    ("\"ready_slots\":0", "\"ready_slots\":1"),
    ("\"headline\":\"", "\"headline\":\"" + String(repeating: "x", count: 70_000)),
  ])
  func whatCannotBeSoIsRefused(part: String, forged: String) throws {
    let text = String(decoding: Self.written(FleetReport([Self.fine("a")])), as: UTF8.self)
    #expect(try FleetJSON.read(Array(text.utf8)).map(\.verdict) == [.ready])
    let changed = text.replacing(part, with: forged)
    #expect(changed != text, "\(part)")
    #expect(throws: FleetJSON.ReadError.self) { try FleetJSON.read(Array(changed.utf8)) }
  }

  @Test func evidenceGrowsOlder() {
    let row = Self.fine("a")
    #expect(row.aged(to: Timestamp(unixSeconds: 1_763_719_480 + 3600)).ageSeconds == 3605)
    #expect(row.aged(to: Timestamp(unixSeconds: 1_763_719_480 - 3600)).ageSeconds == 5)
    var forged = row
    forged.ageSeconds = .max
    #expect(forged.aged(to: Timestamp(unixSeconds: 1_763_719_480 + 1)).ageSeconds == .max)
  }
}
