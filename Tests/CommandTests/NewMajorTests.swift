import FixtureSupport
import PostgresFormat
import Testing

/// `Sources/NewMajor.md` sends whoever adds a major to every place that asks for one, and to no other.
@Suite struct NewMajorTests {
  private typealias SourceFile = TidinessTests.SourceFile

  private let page: String
  private let files: [SourceFile]

  init() throws {
    page = String(decoding: try FileTree.contents(of: "\(TidinessTests.top)/Sources/NewMajor.md"), as: UTF8.self)
    files = try TidinessTests.files.get().filter { $0.target != nil }
  }

  /// `## 2. …` up to the next.
  private func section(_ number: Int) throws -> Substring {
    let begin = try #require(page.firstRange(of: "\n## \(number). "))
    let rest = page[begin.upperBound...]
    return rest[..<(rest.firstRange(of: "\n## ")?.lowerBound ?? rest.endIndex)]
  }

  /// What stands between backticks.
  private static func named(in text: Substring) -> [Substring] { text.matches(of: /`([^`\n]+)`/).map { $0.1 } }

  /// The name of a file, which is that of the type or of the extension that it has.
  private static func type(of file: SourceFile) -> Substring {
    file.path.split(separator: "/").last.map { $0.prefix { $0 != "." && $0 != "+" } } ?? ""
  }

  /// A comment is none.
  private static func code(_ file: SourceFile) -> [Substring] {
    file.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }
  }

  /// Types that are complete only with a case for each major.
  private static func askedByTheCompiler(_ files: [SourceFile], newest: String) throws -> Set<Substring> {
    let isCase = try Regex("\\bcase (?:\\.v\\w+, )*\\.\(newest)\\b")
    let asking = files.filter { file in
      code(file).contains { $0.has(newest) && $0.firstMatch(of: isCase) != nil }
    }
    return Set(asking.map(type(of:)))
  }

  /// Types with a row that begins or ends with a major. Rules say theirs themselves, and have a page of their own.
  private static func bounded(_ files: [SourceFile]) -> Set<Substring> {
    let isBound = /\.v(?:9_6|1\d|2\d)\b|^ *[a-z_]+ \d+-[ ]/
    let isRule = /\bRule\(|versions:/
    let rules = "Sources/SlotSafety/"
    let startup = "Sources/SlotSafety/Startup/"
    let found = files.filter { file in
      let lines = code(file)
      guard
        !file.path.hasPrefix(rules) || file.path.hasPrefix(startup) || !lines.contains(where: { $0.contains(isRule) })
      else { return false }
      return lines.contains { line in (line.has(".v") || line.has("- ")) && line.firstMatch(of: isBound) != nil }
    }
    return Set(found.map { $0.path.hasPrefix(startup) ? "Startup" : type(of: $0) })
  }

  @Test func whatAsksTheCompilerIsInItsTable() throws {
    let asked = try Self.askedByTheCompiler(files, newest: "v\(ServerVersion.newest)")
    let text = try section(2)
    let table = Set(text.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { Self.named(in: $0).prefix(1) })
    #expect(asked.count >= 5 && asked == table.union(["ServerVersion"]), "\(asked.symmetricDifference(table))")
    #expect(Self.named(in: text).contains("ServerVersion"))
  }

  @Test func whatHasABoundIsNamed() throws {
    let names = Set(Self.named(in: page[...]).flatMap { $0.split(separator: "/") })
    let bounded = Self.bounded(files)
    #expect(bounded.count > 30 && bounded.contains("Startup") && bounded.contains("ServerFeature"))
    for type in bounded.sorted() {
      #expect(names.contains(type), "\(type) has a bound, and NewMajor.md does not name it")
    }
  }

  /// A table that somebody adds is missed.
  @Test func aNewTableIsMissed() throws {
    let lines: [Substring] = [
      "/// Also .v17", "  switch version {", "  case .v18, .v19: 2", "  static let rows = since(.v17)",
    ]
    let added = SourceFile(path: "Sources/Evidence/NewTable.swift", lines: lines)
    let before = Self.bounded(files)
    #expect(Self.bounded(files + [added]).subtracting(before) == ["NewTable"])
    #expect(Self.bounded(files + [SourceFile(path: added.path, lines: Array(lines.prefix(2)))]) == before)
    #expect(try Self.askedByTheCompiler([added], newest: "v19") == ["NewTable"])
    #expect(try Self.askedByTheCompiler([added], newest: "v20").isEmpty)
  }

  /// Types, files and suites that the page sends to.
  @Test func whatIsNamedIsThere() throws {
    var declared: Set<Substring> = []
    for file in try TidinessTests.files.get() {
      declared.insert(Self.type(of: file))
      for line in file.lines where line.has("struct ") || line.has("enum ") {
        if let name = line.firstMatch(of: /\b(?:struct|enum) (\w+)/)?.1 { declared.insert(name) }
      }
    }
    let constants = page.matches(of: /\b[A-Z]+(?:_[A-Z]+)+\b/).count
    #expect(constants >= 3)
    var count = 0
    for name in Self.named(in: page[...]) {
      if name.contains(/^[A-Z][a-z]?[A-Za-z]*[a-z]\w*$/), name != "FILE" {
        count += 1
        let isThere = declared.contains(name)
        #expect(isThere, "there is no type \(name)")
      } else if name.contains(/^[A-Z]\w*(?:\/[\w.]+)+$/) {
        count += 1
        let places = ["", "Sources/", "Sources/PostgresFormat/", "Sources/SlotSafety/"]
        #expect(places.contains { FileTree.exists("\(TidinessTests.top)/\($0)\(name)") }, "there is no \(name)")
      }
    }
    #expect(count > 40)
  }
}
