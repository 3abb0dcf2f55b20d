import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import Reporting
@testable import SlotSafety

/// What `status` prints: after its schema, whatever nodes it was made from, and what is wrong first.
@Suite struct StatusReportTests {
  static func status(_ members: [(name: String, evidence: Evidence?)], name: String? = "prod") -> ClusterStatus {
    let all = members.map { name, evidence in
      ClusterStatus.Member(
        name: name, source: "/\(name)", evidence: evidence, failure: evidence == nil ? "no such file" : nil,
        isCaptured: false)
    }
    let read = all.compactMap(\.evidence)
    let roles = ClusterRoles(read)
    let standbys = roles.standbys.map { read[$0] }
    let assessments =
      standbys.isEmpty ? [] : roles.primary.map { Audit(primary: read[$0], standbys: standbys).assessments() } ?? []
    return ClusterStatus(name: name, members: all, roles: roles, assessments: assessments, afterwards: nil)
  }

  @Test(arguments: SchemaTests.pairs) func everyStatusFollowsTheSchema(_ fixture: String) throws {
    let primary = try SampleDocuments.evidence(fixture, "primary")
    let standby = try SampleDocuments.evidence(fixture, "standby")
    let stranger = try SampleDocuments.evidence("pg17-pubsub", "publisher")
    let nowhere = Evidence(origin: Origin(kind: .dataDirectory, source: "nowhere"))
    let time = Timestamp(unixSeconds: 1)
    for members in [
      [("a", primary), ("b", standby)], [("a", SampleDocuments.live(primary)), ("b", SampleDocuments.live(standby))],
      [("a", standby)], [("a", primary), ("b", primary)],
      [("a", primary), ("b", nil), ("c", stranger), ("d", nowhere)],
    ] as [[(name: String, evidence: Evidence?)]] {
      let status = Self.status(members)
      #expect(try DocumentSchema.status.violations(in: StatusJSON.document(status, at: time)) == [])
      let text = StatusText.report(status, style: .plain).text
      #expect(text.hasPrefix("prod: ") && text.contains("\nnode"))
    }
  }

  @Test func whatIsWrongComesFirstAndTheScreenHasAnEnd() throws {
    let primary = try SampleDocuments.evidence("pg17-pair", "primary")
    let standby = try SampleDocuments.evidence("pg17-pair", "standby")
    let status = Self.status([("db1", primary), ("db2", standby), ("db3", nil)])
    var options = StatusText.Options()
    let lines = StatusText.report(status, style: .plain, options: options).text.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("prod: UNKNOWN: a node could not be read; of the others: "))
    let alert = lines.firstIndex { $0.hasPrefix("  error    db3: It could not be read: no such file.") }
    let table = lines.firstIndex { $0.hasPrefix("node  ") }
    #expect(try #require(alert) < #require(table))
    options.rows = 5
    let short = StatusText.report(status, style: .plain, options: options).text.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(short.count == 6 && short[4] == "…")
    options.rows = nil
    options.slots = try SlotFilter("name:none_at_all")
    #expect(StatusText.report(status, style: .plain, options: options).text.contains("not shown"))
    for order in StatusText.Order.allCases {
      options = StatusText.Options()
      options.order = order
      #expect(StatusText.report(status, style: .plain, options: options).text.contains("\nslot"))
    }
  }

  /// libpq's own words may end as a sentence.
  @Test func aSentenceEndsOnce() {
    for (failure, end) in [("no such file", "no such file."), ("is it there?", "is it there?"), ("gone.", "gone.")] {
      let member = ClusterStatus.Member(name: "db1", source: "/", evidence: nil, failure: failure, isCaptured: false)
      let status = ClusterStatus(
        name: nil, members: [member], roles: ClusterRoles([]), assessments: [], afterwards: nil)
      #expect(status.alerts.first?.message == "It could not be read: \(end)")
    }
  }

  /// What is true of several nodes or slots is said once, with their names.
  @Test func theSameSentenceIsToldOnce() throws {
    let alerts = ["a", "b", "c", "d", "e"].map { name in
      ClusterStatus.Alert(
        severity: .error, node: "db1", rule: "x", slotName: name, message: "It is lost.", remedy: "Drop it.")
    }
    let status = ClusterStatus(
      name: "prod", members: [], roles: ClusterRoles([]), assessments: [], afterwards: nil,
      others: alerts
        + alerts.prefix(1).map {
          ClusterStatus.Alert(severity: .error, node: nil, rule: "y", slotName: nil, message: $0.message, remedy: nil)
        })
    var options = StatusText.Options()
    let text = StatusText.report(status, style: .plain, options: options).text
    #expect(text.matches(of: /It is lost/).count == 1 && text.matches(of: /Drop it/).count == 1, "\(text)")
    #expect(
      text.contains("db1: slot a, db1: slot b, db1: slot c and 2 more: It is lost.") && !text.contains("more with -v"))
    options.verbose = true
    #expect(StatusText.report(status, style: .plain, options: options).text.contains("db1: slot e: It is lost."))
  }

  /// On a screen with an end a row of a slot is one line, whatever its reason.
  @Test(arguments: [60, 80, 100, 140]) func rowsOfAWatchAreOneLine(columns: Int) throws {
    let primary = try SampleDocuments.evidence("pg17-pair", "primary")
    let standby = try SampleDocuments.evidence("pg17-pair", "standby")
    let status = Self.status([("db1", SampleDocuments.live(primary)), ("db2", standby)])
    var options = StatusText.Options()
    options.rows = 40
    let style = TextStyle(color: false, columns: columns)
    let lines = StatusText.report(status, style: style, options: options).text.split(separator: "\n")
    for slot in status.slots { #expect(lines.count { $0.hasPrefix(slot.name) } == 1, "\(lines)") }
    #expect(lines.allSatisfy { $0.count <= columns || columns == 60 }, "\(lines)")
  }

  @Test(arguments: [
    (0, "0 s"), (999, "0 ms"), (250_000, "250 ms"), (12_000_000, "12 s"), (300_000_000, "5 min"),
    (8_000_000_000, "2 h"), (259_200_000_000, "3 days"), (Int64.max, "106751991 days"),
  ]) func durations(microseconds: Int64, text: String) { #expect(StatusWords.duration(microseconds) == text) }
}
