import FixtureSupport
import Reporting
import SlotSafety
import Testing

/// Fixed text of scripts and pages as files: each is used, and each of its places is filled.
@Suite struct TemplateTests {
  private static let sources = Fixtures.directory + "/../Sources/Reporting"
  static let folder = sources + "/Templates"
  static let names = FileTree.entries(of: folder)

  static func bytes(_ name: String) throws -> [UInt8] { try FileTree.contents(of: "\(folder)/\(name)") }

  /// The program's constant for a file.
  private static func constant(_ name: String) -> String {
    "PackageResources." + name.map { "-.".contains($0) ? "_" : String($0) }.joined()
  }

  private static func code() throws -> [String] {
    try ["Audit", "Fleet", "Plan", "Rejoin"].flatMap { folder in
      try FileTree.entries(of: "\(sources)/\(folder)").map { file in
        String(decoding: try FileTree.contents(of: "\(sources)/\(folder)/\(file)"), as: UTF8.self)
      }
    }
  }

  @Test func eachIsUsedAndEachPlaceOfItIsFilled() throws {
    #expect(Self.names.count > 30)
    let code = try Self.code()
    for name in Self.names {
      let users = code.filter { $0.firstMatch(of: try! Regex(Self.constant(name) + "\\b")) != nil }
      #expect(!users.isEmpty, "\(name) is used nowhere")
      for place in try Self.places(name) {
        #expect(
          users.contains { $0.contains("\"\(place)\":") || $0.contains("[\"\(place)\"]") }
            || name == "script.sql" && code.contains { $0.contains("\"\(place)\":") }, "\(name): \(place)")
      }
    }
  }

  static func places(_ name: String) throws -> Set<String> {
    let text = String(decoding: try bytes(name), as: UTF8.self)
    return Set(text.matches(of: /\{\{([a-z_]+)\}\}/).map { String($0.1) })
  }

  /// Braces stand for a place and for nothing else, but in style sheets.
  @Test(arguments: names) func bracesAreAPlaces(name: String) throws {
    let text = String(decoding: try Self.bytes(name), as: UTF8.self)
    #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n") && !text.contains("\t"))
    if name.hasSuffix(".css") { return #expect(try Self.places(name).isEmpty) }
    #expect(text.matches(of: /\{\{/).count == text.matches(of: /\{\{(?:\+|[a-z_]+)\}\}/).count)
  }

  @Test func aPlaceWithoutTextAndATextWithoutPlaceAreRefused() throws {
    let template = Array("select {{what}}\n".utf8)
    #expect(try Template.lines(template, ["what": "1"]) == ["select 1"])
    #expect(throws: QuotingError.placeholder("what")) { try Template.lines(template) }
    #expect(throws: QuotingError.placeholder("more")) { try Template.lines(template, ["what": "1", "more": "2"]) }
    #expect(throws: QuotingError.placeholder("what")) { try Template.lines(Array("{{what\n".utf8), ["what": "1"]) }
  }

  @Test func whatComesInIsNotLookedThrough() throws {
    let lines = try Template.lines(Array("a {{one}} b {{two}}\n".utf8), ["one": "{{two}}", "two": "{{one"])
    #expect(lines == ["a {{two}} b {{one"])
  }

  @Test func linesAreIndentedAsTheirPlaceIs() throws {
    let template = Array("begin\n  {{body}}\n  {{rest}}\nend\n".utf8)
    let lines = try Template.lines(template, ["body": "a\n\n  b", "rest": ""])
    #expect(lines == ["begin", "  a", "", "    b", "end"])
  }

  /// Only what is quoted becomes text of a script; where it comes from a `String`, it is said here.
  @Test func scriptTextIsMadeInFewPlaces() throws {
    let makers = try Self.code().filter { $0.contains("ScriptText(quoted:") || $0.contains("ScriptText.init") }
      .flatMap { $0.matches(of: /(?:struct|enum|extension) (\w+)/).prefix(1).map { String($0.1) } }
    #expect(Set(makers) == ["PlanScriptText", "PlanScriptBlock"])
  }

  /// The shell reads each part of the script by itself.
  @Test(arguments: names.filter { $0.hasSuffix(".sh") }) func shellReadsEach(name: String) throws {
    let values = Dictionary(uniqueKeysWithValues: try Self.places(name).map { ($0, ScriptText(quoted: "x")) })
    let script = try Template.lines(Self.bytes(name), values).joined().description + "\n"
    let scratch = ScratchDirectory()
    try ExternalProgram.run("/bin/sh", ["-n", scratch.write("part.sh", script)])
  }
}
