import Evidence
import PostgresFormat
import Testing

@testable import Reporting
@testable import SlotSafety

/// What each format makes of a verdict, hostile names included.
@Suite struct AuditFormatTests {
  private static let time = Timestamp(unixSeconds: 1_700_000_000)
  /// A line end, a bar, a quote, a backslash, a tag and a terminal's escape.
  private static let hostile = "s\n|\"\\<b>\u{1B}[2J"

  private func vanished(to end: LSN) -> CommittedChanges {
    CommittedChanges(from: LSN(0x100_0000), to: end, transactions: 1, messages: 0, isComplete: true)
  }

  private func slot(_ name: String, vanishedTo end: LSN) -> SlotAssessment {
    SlotAssessment(
      slotName: name, isLogical: true, plugin: "pgoutput", databaseName: Self.hostile, verdict: .atRisk, counts: true,
      reason: "its consumer may be ahead", primary: nil, standby: nil,
      consumer: Position(atLeast: nil, atMost: end, basis: "test"),
      findings: [Finding(.a13, slot: name, "\(name) may hold changes.", remedy: "Let it receive WAL up to \(end).")],
      exposure: Exposure(vanished: vanished(to: end)),
      events: [EventVerdict(event: .crash, verdict: .atRisk, reason: "its consumer may be ahead")])
  }

  private func assessment(_ slots: [SlotAssessment]) async throws -> Assessment {
    var assessment = try #require(try await SampleDocuments.assessments("pg17-pair").first)
    (assessment.slots, assessment.findings) = (slots, slots.flatMap(\.findings))
    (assessment.verdict, assessment.firstStep) = (.atRisk, "Let the standby receive the rest, then ask again.")
    assessment.standby.source = Self.hostile
    return assessment
  }

  @Test func whereTheNodesDecideTheFirstLineSaysWhy() async throws {
    var one = try await assessment([])
    one.reason = "this standby lacks 5 transactions (5 MB) of the primary"
    let lacking = "no consumer is at stake, but this standby lacks 5 transactions (5 MB) of the primary"
    for (verdict, begin) in [(Verdict.atRisk, "DO NOT PROMOTE YET"), (.fixable, "NOT YET"), (.waiting, "WAIT")] {
      one.verdict = verdict
      #expect(AuditWords.headline(one) == "\(begin): \(lacking)")
    }
    one.slots = [slot("a", vanishedTo: LSN(0x100_1000))]
    one.verdict = .atRisk
    #expect(AuditWords.headline(one).contains("1 of 1 slot"))
  }

  /// Where no slot is to be named, the line says what decides, and not what happens to be the first of its severity.
  @Test func monitoringIsToldWhatDecides() async throws {
    var one = try await assessment([])
    one.findings = [
      Finding(.a17, "hot_standby_feedback is off."),
      Finding(.a35Lost, slot: "dwh", "The standby alone has dwh: it is lost.", remedy: "Drop it."),
    ]
    (one.verdict, one.firstStep) = (.fixable, "Drop it.")
    one.reason = "the standby's own slot dwh does not serve its consumer any more"
    let line = AuditNagios.line([one])
    #expect(
      line.hasPrefix(
        "SLOTSCOPE WARNING - NOT YET: the standby's own slot dwh does not serve its consumer any more: The standby alone has dwh"
      ), "\(line)")
  }

  @Test func monitoringGetsOneLineWithPerformanceData() async throws {
    let line = AuditNagios.line([try await assessment([slot(Self.hostile, vanishedTo: LSN(0x100_1000))])])
    #expect(line.hasPrefix("SLOTSCOPE CRITICAL - ") && line.hasSuffix("\n"))
    #expect(line.count { $0 == "\n" } == 1 && line.count { $0 == "|" } == 1)
    let data = try #require(line.split(separator: "|").last)
    let label = #"s\x0A__\(b)\x1B[2J"#
    #expect(
      data == " ready=0 waiting=0 fixable=0 at_risk=1 lost=0 unknown=0 missed=0B vanished=4096B"
        + " '\(label)_state'=2;0;1;0 '\(label)_missed'=0B '\(label)_vanished'=4096B\n")
    #expect(line.contains(#"never received: s\x0A/"\(b)\x1B[2J at_risk; its consumer may be ahead | "#))
    for byte in line.utf8 { #expect(byte == 0x0A || (0x20..<0x7F).contains(byte)) }
  }

  @Test func metricsKeepTheFormatWhateverTheNames() async throws {
    let text = AuditPrometheus.metrics(
      [try await assessment([slot(Self.hostile, vanishedTo: LSN(0x100_1000))])], at: Self.time)
    #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
    var typed: Set<String> = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let words = line.split(separator: " ")
      if line.hasPrefix("#") {
        #expect(["HELP", "TYPE"].contains(words[1]))
        if words[1] == "TYPE" {
          #expect(words[3] == "gauge" && words.count == 4)
          #expect(typed.insert(String(words[2])).inserted, "one block a family")
        }
        continue
      }
      #expect(typed.contains(String(line.prefix { $0 != "{" && $0 != " " })))
      #expect(
        try line.wholeMatch(of: Regex(#"[a-z_]+(\{([a-z_]+="([^"\\]|\\[\\"n])*",?)+\})? [0-9]+"#)) != nil, "\(line)")
    }
    let escaped = #"s\n|\"\\<b>\\x1B[2J"#
    #expect(text.contains("slot_name=\"\(escaped)\""))
    #expect(text.contains("slotscope_audit_verdict{standby=\"\(escaped)\",event=\"crash\",verdict=\"at_risk\"} 1\n"))
    #expect(text.contains("slotscope_audit_timestamp_seconds 1700000000\n"))
  }

  @Test func thePageEscapesEveryNameAndNeedsNothingElse() async throws {
    let page = AuditHTML.page(
      [try await assessment([slot(Self.hostile, vanishedTo: LSN(0x100_1000))])], at: Self.time)
    #expect(!page.contains("<b>\\x1B") && !page.contains("\u{1B}") && page.contains("&lt;b&gt;"))
    for outside in ["<script", "http://", "https://", "<link", "<img", "url(", "@import"] {
      #expect(!page.contains(outside), "\(outside)")
    }
  }

  @Test(arguments: [80, 100])
  func textFitsTheTerminal(width: Int) async throws {
    var slots = [slot("a", vanishedTo: LSN(0x100_1000)), slot("b", vanishedTo: LSN(0x100_3000))]
    for index in slots.indices { slots[index].databaseName = "shop" }
    slots[1].reason = Array(repeating: "changes", count: 30).joined(separator: " ")
    var judged = try await assessment(slots)
    judged.standby.source = "/standby"
    let text = AuditText.report(
      [judged], then: ["slotscope plan --primary p --standby s --resynchronize"], now: Self.time,
      style: TextStyle(color: false, columns: width),
      verbose: false
    ).text
    let lines = text.split(separator: "\n")
    #expect(text.hasPrefix("DO NOT PROMOTE YET: 2 of 2 slots may lose changes, or hold changes that this"))
    for line in lines { #expect(line.count <= width, "\(line)") }
    #expect(lines.contains { $0.hasPrefix("b     shop      at_risk  changes changes") })
    #expect(lines.contains { $0.hasPrefix("                         changes changes") })
    #expect(lines.contains("First: Let the standby receive the rest, then ask again."))
  }
}
