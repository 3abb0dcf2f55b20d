import Testing

@testable import Reporting

/// Columns, not characters; and long names that still differ.
@Suite struct NamesAndWidthsTests {
  @Test(arguments: [
    ("orders", 6), ("", 0), ("注文", 4), ("naïve", 5), ("e\u{301}", 1), ("🐘", 2), ("한글", 4), ("…→·", 3), ("ｗ", 2),
  ])
  func widthIsThatOfATerminal(text: String, columns: Int) { #expect(DisplayWidth.of(text) == columns) }

  @Test func wideNamesKeepTheColumnsStraight() {
    var table = TextTable([("database", .left), ("n", .right)])
    for row in [["注文データ", "1"], ["shop", "22"], ["cafe\u{301}", "3"]] { table.add(row) }
    #expect(
      table.lines(indent: 0, style: .plain) == [
        "database     n", "注文データ   1", "shop        22", "cafe\u{301}         3",
      ])
  }

  private static let long = (0..<3).map { "debezium_connector_for_tenant_000\($0)_in_region_eu_central_1_pub" }

  @Test func namesLoseTheirMiddleWhereTheyStillDiffer() throws {
    let names = ["a", "first_name_of_many_words_one", "other_name_of_many_words_two"]
    #expect(
      try #require(ShortNames.fit(names, least: 16, most: 16)) == ["a", "first_na…rds_one", "other_na…rds_two"])
    // The number that tells them apart stands after the middle.
    let short = try #require(ShortNames.fit(Self.long, least: 40, most: 40))
    #expect(Set(short).count == 3 && short.allSatisfy { $0.count == 40 && $0.contains("…") })
    #expect(ShortNames.fit(Self.long, least: 16, most: 16) == nil)
    #expect(ShortNames.fit(["same", "same"], least: 16, most: 16) == ["same", "same"])
  }

  @Test func aTableShortensNamesBeforeItGivesUpItsRows() {
    var table = TextTable([("slot", .left), ("verdict", .left), ("why", .left)])
    for name in Self.long {
      table.add([name, "at_risk", "its consumer may be up to 3 transactions (1.2 kB) ahead of it"])
    }
    let lines = table.lines(indent: 0, style: TextStyle(color: false, columns: 100))
    #expect(lines.count == 7 && lines.allSatisfy { $0.text.count <= 100 } && lines[1].text.contains("…"))
    let piped = table.lines(indent: 0, style: .plain)
    #expect(piped.count == 4 && piped[1].text.hasPrefix(Self.long[0]))
  }
}
