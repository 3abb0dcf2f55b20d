import Testing

@testable import Reporting

/// Tables and lines within the columns of a terminal, and as long as they are where there is none.
@Suite struct TextTableTests {
  private func table(_ rows: [[String]]) -> TextTable {
    var table = TextTable([("slot", .left), ("WAL", .right), ("never used", .left), ("what becomes of it", .left)])
    for row in rows { table.add(row, styles: [3: .good]) }
    return table
  }

  private func lines(_ rows: [[String]], columns: Int?, heading: Bool = true) -> [String] {
    table(rows).lines(indent: 2, style: TextStyle(color: false, columns: columns), heading: heading).map(\.text)
  }

  private static let rows = [
    ["orders", "16 MB", "", "fine"], ["a_rather_long_name", "1.2 kB", "", "lost: its WAL has been removed since"],
  ]

  private static let whole = [
    "  slot                   WAL  what becomes of it", "  orders               16 MB  fine",
    "  a_rather_long_name  1.2 kB  lost: its WAL has been removed since",
  ]

  @Test(arguments: [nil, 66, 100])
  func whatFitsIsATable(columns: Int?) {
    #expect(lines(Self.rows, columns: columns) == Self.whole)
    #expect(lines(Self.rows, columns: columns, heading: false) == Array(Self.whole.dropFirst()))
  }

  @Test func aSentenceInTheLastColumnBreaks() {
    #expect(
      lines(Self.rows, columns: 54) == Self.whole.dropLast() + [
        "  a_rather_long_name  1.2 kB  lost: its WAL has been",
        "                              removed since",
      ])
  }

  @Test func rowsThatDoNotFitBecomeLinesWithTitles() {
    #expect(
      lines(Self.rows, columns: 45) == [
        "  orders", "    WAL 16 MB  what becomes of it fine", "  a_rather_long_name", "    WAL 1.2 kB",
        "    what becomes of it lost: its WAL has", "      been removed since",
      ])
  }

  @Test func whatNoBlankBreaksStaysWhole() {
    let name = String(repeating: "x", count: 63)
    #expect(lines([[name, "16 MB", "", name]], columns: 40).joined().contains(name))
    #expect(lines([], columns: 40).isEmpty)
  }

  @Test func noLineIsLongerThanTheTerminalWhereWordsAllow() {
    let words = ["a", "word", "a longer one", "twenty_characters_20", "", "some words of a sentence that goes on"]
    for columns in [40, 41, 60, 80] {
      for first in words where !first.isEmpty {
        for last in words {
          let rows = [[first, "16 MB", last, last], [last, "", first, first]]
          for line in lines(rows, columns: columns) { #expect(line.count <= columns, "\(columns): \(line)") }
        }
      }
    }
  }

  @Test func colorTakesNoRoom() {
    for columns in [nil, 45, 54] {
      let painted = table(Self.rows).lines(indent: 2, style: TextStyle(color: true, columns: columns))
      let plain = painted.map { $0.text.replacing(/\u{1B}\[[0-9]*m/, with: "") }
      #expect(plain == lines(Self.rows, columns: columns) && painted.map(\.text) != plain)
    }
  }

  @Test func aLineBreaksOnlyWhereItDoesNotFit() {
    let text: TerminalText = "the next checkpoint removes nothing"
    #expect(TextStyle.plain.line(text, indent: 2) == ["  " + text])
    #expect(TextStyle(color: false, columns: 37).line(text, indent: 2) == ["  " + text])
    #expect(
      TextStyle(color: false, columns: 36).line(text, indent: 2) == ["  the next checkpoint removes", "    nothing"])
  }
}
