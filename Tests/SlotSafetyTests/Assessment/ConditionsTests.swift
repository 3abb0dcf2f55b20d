import FixtureSupport
import Testing

@testable import SlotSafety

/// The table of conditions is held to the registry: it names what there is, and leaves out nothing that decides.
struct ConditionsTests {
  private struct Condition {
    let line: String
    let names: [String]
    let tests: [String]
  }

  private static let top = Fixtures.directory + "/.."

  private static func conditions() throws -> [Condition] {
    let text = String(decoding: try FileTree.contents(of: "\(top)/Sources/SlotSafety/Conditions.md"), as: UTF8.self)
    return text.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("`") || $0.hasPrefix("| the ") }.map {
      let cells = $0.split(separator: "|").map { $0.drop { $0 == " " } }
      func words(_ cell: Substring) -> [String] {
        cell.split { $0 == " " || $0 == "," }.map(String.init).filter { $0 != "–" }
      }
      return Condition(line: String($0), names: words(cells[2]), tests: words(cells[3]))
    }
  }

  private static func swiftFiles(_ folder: String) -> [String] {
    FileTree.entries(of: folder).flatMap { name in
      name.hasSuffix(".swift") ? ["\(folder)/\(name)"] : name.contains(".") ? [] : swiftFiles("\(folder)/\(name)")
    }
  }

  @Test func everyNameIsARuleOrAPremise() throws {
    let conditions = try Self.conditions()
    #expect(conditions.count > 50)
    for condition in conditions {
      for name in condition.names {
        #expect(RuleID(rawValue: name) != nil || Premise(rawValue: name) != nil, "\(name): \(condition.line)")
      }
    }
  }

  @Test func whatNothingCoversIsSaidToBeOpen() throws {
    for condition in try Self.conditions() where condition.names.isEmpty || condition.tests.isEmpty {
      #expect(condition.line.contains("**open**"), "\(condition.line)")
    }
  }

  @Test func everyTestIsThere() throws {
    var suites: Set<Substring> = []
    for file in Self.swiftFiles("\(Self.top)/Tests") {
      for line in String(decoding: try FileTree.contents(of: file), as: UTF8.self).split(separator: "\n") {
        guard let range = line.firstRange(of: "struct ") else { continue }
        suites.insert(line[range.upperBound...].prefix { $0.isLetter || $0.isNumber })
      }
    }
    for condition in try Self.conditions() {
      for test in condition.tests { #expect(suites.contains(Substring(test)), "\(test)") }
    }
  }

  @Test func everyRuleThatDecidesAndEveryPremiseHasALine() throws {
    let named = Set(try Self.conditions().flatMap(\.names))
    for premise in Premise.allCases { #expect(named.contains(premise.rawValue), "\(premise)") }
    for rule in Rule.all where rule.id.isOfAudit && rule.severity == .error {
      #expect(named.contains(rule.id.rawValue), "\(rule.id.rawValue)")
    }
  }
}
