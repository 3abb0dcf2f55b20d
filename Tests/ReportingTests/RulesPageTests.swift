import FixtureSupport
import Reporting
import SlotSafety
import Testing

@Suite struct RulesPageTests {
  private func contents(_ path: String) throws -> String {
    String(decoding: try FileTree.contents(of: Fixtures.directory + "/../" + path), as: UTF8.self)
  }

  @Test func theDocumentationHasTheTableAsItIs() throws {
    #expect(try contents("Sources/SlotSafety/Rules/README.md") == RulesText.markdown())
  }

  @Test func theREADMENamesNoRuleThatThereIsNot() throws {
    let words = try contents("README.md").split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    for word in words
    where word.count <= 3 && "ALNF".contains(word.first ?? " ") && word.dropFirst().allSatisfy(\.isNumber) {
      if word.count > 1 { #expect(Rule.find(text: String(word)) != nil, "\(word)") }
    }
  }

  @Test func pagesEscapeWhatComesFromFiles() {
    #expect(HTML.escaped("<b>&\"'\u{1B}") == "&lt;b&gt;&amp;&quot;&#39;\\x1B")
  }
}
