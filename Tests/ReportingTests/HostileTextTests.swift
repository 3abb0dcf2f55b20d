import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// Text that a forged file may hold, in each form of output: characters, not names, are what these look at.
@Suite struct HostileTextTests {
  /// All that steers a display: none may come out as it is.
  static let steering: [Unicode.Scalar] = [
    "\u{0}", "\u{7}", "\u{8}", "\u{A}", "\u{D}", "\u{1B}", "\u{7F}", "\u{80}", "\u{9B}", "\u{9D}", "\u{AD}", "\u{61C}",
    "\u{200B}", "\u{200E}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{202A}", "\u{202E}", "\u{2060}", "\u{2066}",
    "\u{2069}", "\u{FEFF}", "\u{FFF9}", "\u{E0001}", "\u{E007F}",
  ]

  @Test(arguments: steering)
  func nothingThatSteersADisplayIsPrinted(scalar: Unicode.Scalar) throws {
    let text = "a" + String(scalar) + "b"
    let json = JSONValue.string(text).serialized(pretty: false)
    let terminal: TerminalText = "a name: \(text)"
    for shown in [terminal.text, json, HTML.escaped(text), LedgerCSV.field(text)] {
      #expect(!shown.unicodeScalars.contains { $0.steersDisplay }, "\(shown.debugDescription)")
    }
    #expect(try JSONDocument(parsing: json).string == text)
  }

  /// Escape sequences are the program's own: what is put between them, or into a table, has none that works.
  @Test func onlyTheProgramPaints() {
    let (style, name) = (TextStyle(color: true, columns: 40), "\u{1B}[31mred")
    let painted = style.paint("\(name)", .good)
    #expect(painted.text == "\u{1B}[32m\\x1B[31mred\u{1B}[0m" && "\(painted)" as TerminalText == painted)
    var table = TextTable([("slot", .left), ("why", .left)])
    table.add([name, "\(name) and so many words that the line breaks"])
    for line in table.lines(indent: 2, style: style) + style.line("\(name) \(painted)", role: .error) {
      #expect(!line.text.contains("\u{1B}[31mred"), "\(line)")
    }
  }

  /// A combining mark makes one `Character` of itself and what stands before it.
  @Test func aMarkHidesNothing() {
    #expect(LedgerCSV.field("a\"\u{301},b") == "\"a\"\"\u{301},b\"")
    #expect(LedgerCSV.field("=\u{301}1+1") == "\"'=\u{301}1+1\"")
    #expect(LedgerCSV.field(";\u{301}") == "\";\u{301}\"")
    #expect(
      HTML.escaped("<\u{301}b \"\u{301}&\u{301}'\u{301}>")
        == "&lt;\u{301}b &quot;\u{301}&amp;\u{301}&#39;\u{301}&gt;")
    #expect(TerminalText.replacing("|", with: "/", in: "a|\u{301}b|") == "a/\u{301}b/")
  }

  @Test func theEvidenceFileSteersNothing() throws {
    var evidence = try DataDirectory(path: Fixtures.node("pg17-clean", "data").path).gather()
    evidence.slots[0].directory = "a" + String(String.UnicodeScalarView(Self.steering)) + "b\"\\"
    let document = try EvidenceFile.encode(evidence)
    #expect(!document.unicodeScalars.contains { $0.steersDisplay && $0 != "\n" })
    #expect(!OwnDocument.isOne(beginning: String(document.prefix(1000)), end: String(document.suffix(1000))))
    let scratch = ScratchDirectory()
    #expect(try EvidenceFile.read(scratch.write("e", document)) == evidence)
  }
}
