import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import Reporting
@testable import SlotSafety

/// The page of an audit as a reader meets it: in order, small, with words for what is drawn, and with colors that can be read.
@Suite struct AuditPageTests {
  private static let time = Timestamp(unixSeconds: 1_700_000_000)

  /// So many slots as only large systems have, each off in every way.
  static func manySlots(_ count: Int) async throws -> Assessment {
    var assessment = try await SampleDocuments.exposedAssessment()
    let slot = try #require(assessment.slots.first)
    assessment.slots = (0..<count).map { index in
      var one = slot
      one.slotName = "debezium_service_\(index)_of_a_large_company"
      one.exposure.missed?.to = LSN(0x100_0100 + UInt64(index))
      one.findings = slot.findings.map { finding in
        Finding(
          finding.rule, slot: one.slotName, finding.message.replacing(slot.slotName, with: one.slotName),
          facts: finding.facts, remedy: finding.remedy)
      }
      return one
    }
    assessment.findings = assessment.findings.filter { $0.slotName == nil } + assessment.slots.flatMap(\.findings)
    return assessment
  }

  @Test func nothingIsMissingForThoseWhoCannotSeeIt() async throws {
    for fixture in SchemaTests.pairs {
      let page = AuditHTML.page(try await SampleDocuments.assessments(fixture), at: Self.time)
      #expect(PageCheck.violations(of: page) == [], "\(fixture)")
    }
    let exposed = try await SampleDocuments.exposedAssessment()
    for assessments in [[], [exposed], [exposed, exposed], [try await Self.manySlots(60)]] {
      guard !assessments.isEmpty else { continue }
      #expect(PageCheck.violations(of: AuditHTML.page(assessments, at: Self.time)) == [])
    }
  }

  @Test func manySlotsAreASmallPageThatHasThemAll() async throws {
    let page = AuditHTML.page([try await Self.manySlots(207)], at: Self.time)
    #expect(page.utf8.count < 300_000, "\(page.utf8.count)")
    #expect(page.contains("> 167 more slots</label>") && page.contains("167 of 207 slots are in the table alone"))
    let names = page.replacing("<wbr>", with: "")
    for index in 0..<207 { #expect(names.contains("debezium_service_\(index)_")) }
    // Each finding once, with its slots.
    let articles = page.matches(of: /<article class/).count
    #expect(articles < 20 && page.contains("207 slots: "), "\(articles)")
  }

  @Test func theStoryIsToldInOrder() async throws {
    let assessments = try await SampleDocuments.assessments("pg17-pair")
    var context = PageContext()
    (context.cluster, context.command, context.version) = ("shop", "slotscope audit shop", "1.2.3")
    context.then = ["slotscope plan shop"]
    for node in ["primary", "standby"] {
      let evidence = try SampleDocuments.evidence("pg17-pair", node)
      context.nodes[evidence.origin.source] = evidence
    }
    let page = AuditHTML.page(assessments, context: context, at: Self.time)
    #expect(PageCheck.violations(of: page) == [])
    var rest = page[...]
    for part in [
      "<title>shop: ", "Cluster shop", "<h1>", "<b>First:</b>", "<b>Then:</b> <code>slotscope plan shop",
      "What happened",
      "The nodes of system ", "<time ", "The new timeline would begin at", "Where it happened", "<svg", "left out",
      "skipped",
      ">Slots<", "What was found", "What the verdicts rest on", "Settings that matter", "wal_level",
      "Made by slotscope 1.2.3 at 2023-11-14", "slotscope audit shop",
    ] {
      let found = try #require(rest.firstRange(of: part), "\(part)")
      rest = rest[found.upperBound...]
    }
  }

  @Test func longWordsBreakAtSignsOnly() {
    #expect(HTML.breakable("a short one").text == "a short one")
    #expect(
      HTML.breakable("in /var/lib/postgresql/17/main/pg_replslot").text
        == "in /var/<wbr>lib/<wbr>postgresql/<wbr>17/main/<wbr>pg_replslot")
    #expect(HTML.breakable("say --assume").text == "say <span class=\"w\">--assume</span>")
    #expect(HTML.breakable(String(repeating: "<&", count: 20)).text == String(repeating: "&lt;&amp;", count: 20))
  }

  // MARK: colors

  /// The colors of a scheme, by their names.
  private static func colors(_ sheet: [UInt8], dark: Bool) throws -> [String: [Double]] {
    let css = String(decoding: sheet, as: UTF8.self)
    let blocks = css.matches(of: /:root\{([^}]+)\}/).map { String($0.1) }
    let block = try #require(dark ? blocks.last : blocks.first)
    return Dictionary(
      block.matches(of: /--([a-z]+):#([0-9a-f]+)/).map { match in
        let digits = match.2.count == 3 ? match.2.map { "\($0)\($0)" }.joined() : String(match.2)
        let bytes = stride(from: 0, to: 6, by: 2).map { offset in
          Double(UInt8(digits.dropFirst(offset).prefix(2), radix: 16) ?? 0) / 255
        }
        return (String(match.1), bytes)
      }
    ) { first, _ in first }
  }

  /// WCAG 2: relative luminance.
  private static func luminance(_ color: [Double]) -> Double {
    let linear = color.map { $0 <= 0.04045 ? $0 / 12.92 : power(($0 + 0.055) / 1.055) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }

  /// To the power of 2.4, by Newton's method on the fifth root.
  private static func power(_ value: Double) -> Double {
    var root = 1.0
    for _ in 0..<60 { root -= (root * root * root * root * root - value) / (5 * root * root * root * root) }
    return value * value * root * root
  }

  @Test(arguments: [false, true]) func colorsCanBeRead(dark: Bool) throws {
    let colors = try Self.colors(PackageResources.report_css, dark: dark)
    let texts = ["fg", "faint", "skip", "gone"].flatMap { text in ["bg", "card"].map { (text, $0) } }
    for (a, b) in texts + ["good", "warn", "bad", "none"].map({ ("bg", $0) }) {
      let lights = [try #require(colors[a]), try #require(colors[b])].map(Self.luminance).sorted()
      #expect((lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5, "\(a) on \(b)")
    }
  }
}
