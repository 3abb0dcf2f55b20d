import FixtureSupport
import Glibc
import Testing

/// The tree's own rules, where neither the compiler nor the formatter watches over them.
@Suite struct TidinessTests {
  /// One file of Swift, with its path from the top of the repository.
  struct SourceFile {
    var path: String
    var lines: [Substring]
    /// The folder below Sources.
    var target: Substring? {
      let parts = path.split(separator: "/")
      return parts.count > 2 && parts[0] == "Sources" ? parts[1] : nil
    }
  }

  static let top = Fixtures.directory.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }

  static let files: Result<[SourceFile], any Error> = Result {
    try (below("Sources") + below("Tests") + ["Package.swift"]).map { path in
      let text = String(decoding: try FileTree.contents(of: "\(top)/\(path)"), as: UTF8.self)
      return SourceFile(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }
  }

  private static func below(_ folder: String) -> [String] {
    FileTree.entries(of: "\(top)/\(folder)").flatMap { name in
      name.hasSuffix(".swift") ? ["\(folder)/\(name)"] : below("\(folder)/\(name)")
    }
  }

  @Test func noFileIsLong() throws {
    let files = try Self.files.get()
    #expect(files.count > 500)
    for file in files { #expect(file.lines.count <= 401, "\(file.path)") }
  }

  @Test func nothingIsPutOff() throws {
    let words = ["TO" + "DO", "FIX" + "ME"]
    for file in try Self.files.get() {
      for (number, line) in file.lines.enumerated() where words.contains(where: line.has) {
        Issue.record("\(file.path):\(number + 1)")
      }
    }
  }

  /// American spelling, but for what callers wrote before: an option's name and a code of JSON.
  @Test func spellingIsPostgreSQLs() throws {
    let british =
      /(synchron|recogn|serial|initial)is(e|ing|ation)|[Cc]olou[r]|neighbou[r]|labell[e]d|misspel[t]|judgemen[t]/
    // What a line has that the expression fits: a hundred thousand lines are looked through for these first.
    let parts = ["ronis", "ognis", "ialis", "olou", "ighbou", "bell" + "ed", "ispel", "udgem"]
    let kept = [
      "\"not_recognised\"", "resynchronise = false", "|| resynchronise:", "\"--resynchronise\"", "\"colou" + "r\"",
    ]
    for file in try Self.files.get() where !file.path.hasSuffix("TidinessTests.swift") {
      for (number, line) in file.lines.enumerated()
      where parts.contains(where: line.has) && !kept.contains(where: line.has) {
        #expect(line.firstMatch(of: british) == nil, "\(file.path):\(number + 1) \(line)")
      }
    }
  }

  /// Words of `Sources/Glossary.md` that are not to come back: in comments, and in sentences that somebody reads.
  @Test func wordsAreTheGlossarys() throws {
    let gone =
      /\b(?:(?:given|gives|gave|giving) (?:\S+ ){0,2}up|st(?:ands|ood) at|strange|(?:held|holds?) (?:\w+ )?back|its copy (?!of )|no copy|vanish(?:es|ed)? (?:at|from))\b/
    let lag =
      /lags? behind|\) behind|MB behind|(?:is|be|far|furthest|falls|segment|GB) behind|(?:left|leave) behind|leaves \w+ behind/
    // As above: what a line has in it that one of them fits.
    let parts = ["giv", "gave", "ds at", "od at", "strange", "held", "hold", " copy", "vanish", "ehind"]
    #expect("the primary has given the slot up".contains(gone) && "no copy on the standby".contains(gone))
    var count = 0
    for file in try Self.files.get() where file.target != nil {
      for (number, line) in file.lines.enumerated() {
        guard line.has("// ") || line.has("\"") else { continue }
        count += 1
        guard parts.contains(where: line.has) else { continue }
        let prose = Self.prose(of: line)
        let place = "\(file.path):\(number + 1) \(line)"
        #expect(prose.firstMatch(of: gone) == nil, "\(place)")
        if prose.contains("behind") || prose.contains("Behind ") {
          #expect(prose.firstMatch(of: lag) != nil, "\(place)")
        }
      }
    }
    #expect(count > 5000)
  }

  /// What a line has in words: its comment, or its literals of several words.
  private static func prose(of line: Substring) -> String {
    if let comment = line.firstRange(of: "// ") ?? line.firstRange(of: "/// ") {
      return String(line[comment.upperBound...])
    }
    guard line.utf8.contains(UInt8(ascii: "\"")) else { return "" }
    let literals = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter {
      $0.offset % 2 == 1
    }
    return literals.map { String($0.element) }.filter { $0.contains(" ") }.joined(separator: " ")
  }

  @Test func filesAreNamedForWhatIsInThem() throws {
    for file in try Self.files.get() {
      let name = file.path.split(separator: "/").last ?? ""
      let isVague = ["Util", "Helper", "Manager", "Common."].contains { name.contains($0) }
      #expect(!isVague || name == "ResourceManager.swift", "\(file.path)")
    }
  }

  @Test func whatOtherTargetsSeeIsDocumented() throws {
    var count = 0
    for file in try Self.files.get() where file.target != nil {
      for (number, line) in file.lines.enumerated() where Self.isDeclaration(line) {
        count += 1
        let before = file.lines[..<number].last { !$0.drop { $0 == " " }.hasPrefix("@") }
        #expect(before?.drop { $0 == " " }.hasPrefix("///") == true, "\(file.path):\(number + 1) \(line)")
      }
    }
    #expect(count > 2000)
  }

  /// Whether a line begins a `package` or `public` declaration, but for an extension.
  private static func isDeclaration(_ line: Substring) -> Bool {
    guard let first = line.utf8.first(where: { $0 != UInt8(ascii: " ") }), "p@".utf8.contains(first) else {
      return false
    }
    let words = line.split(separator: " ").drop { $0.hasPrefix("@") }
    guard words.first == "package" || words.first == "public", let last = words.dropFirst().first else { return false }
    return last != "extension" && last != "import"
  }

  /// What a record is, `RecordKind` knows: its codes stand nowhere else.
  @Test func recordCodesStayInTheirTable() throws {
    let isRecordCode = /\binfo & 0x[7F]0\b/
    for file in try Self.files.get() where file.target != nil && !file.path.hasPrefix("Sources/PostgresFormat/WAL/") {
      for (number, line) in file.lines.enumerated() where line.has("info & 0x") {
        #expect(line.firstMatch(of: isRecordCode) == nil, "\(file.path):\(number + 1)")
      }
    }
  }

  /// What a version can do, `ServerFeature` knows. The formats have their layouts by version, and the messages of a start
  /// are told in the words of each; nobody else compares versions.
  @Test func versionsStayInTheirTable() throws {
    let isComparison = /[<>=!]=? \.v\d|ServerVersion\.v\d|\bcase (?:\.\.\.)?\.v\d/
    #expect("if version >= .v17 {".contains(isComparison) && "case .v9_6, .v10:".contains(isComparison))
    let tables = ["Sources/PostgresFormat/", "Sources/SlotSafety/Startup/"]
    for file in try Self.files.get() where file.target != nil && !tables.contains(where: { file.path.hasPrefix($0) }) {
      for (number, line) in file.lines.enumerated() where line.has(".v") {
        #expect(line.firstMatch(of: isComparison) == nil, "\(file.path):\(number + 1)")
      }
    }
  }

  /// Whether a source can say something, its capability tells; no rule asks what kind of source it is.
  @Test func rulesAskForNoKindOfSource() throws {
    let isKind = /server (?:==|!=) nil|origin\.kind/
    #expect("guard evidence.server == nil else".contains(isKind))
    for file in try Self.files.get() where file.target == "SlotSafety" {
      for (number, line) in file.lines.enumerated() {
        #expect(line.firstMatch(of: isKind) == nil, "\(file.path):\(number + 1)")
      }
    }
  }

  /// Where a field begins, its structure's layout knows: no finding is made with a number of its own.
  @Test func offsetsComeFromLayouts() throws {
    let isOffset = /\boffset: (?:.* )?\d+\b|\bat: \d+\b|(?:"|\b[Ff]act), \d+(?:,|\)|$)/
    #expect("Fact(text, path: path, offset: 96)".contains(isOffset) && "found(.lost, fact, 104".contains(isOffset))
    for file in try Self.files.get() where file.target == "SlotSafety" {
      let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
      for (number, line) in file.lines.enumerated() where line.utf8.contains(where: digits.contains) {
        #expect(line.firstMatch(of: isOffset) == nil, "\(file.path):\(number + 1)")
      }
    }
  }

  /// No compiler asks for a rule's line in the registry.
  @Test func everyRuleIsInTheRegistry() throws {
    let files = try Self.files.get().filter { $0.target == "SlotSafety" }
    let units = files.reduce(0) { $0 + $1.lines.count { $0.has("static let unit = ") } }
    let registry = try #require(files.first { $0.path.hasSuffix("/RuleRegistry.swift") })
    let listed = registry.lines.joined(separator: "\n").matches(of: /\w+\.unit\b/).map { $0.0 }
    #expect(units > 60 && listed.count == units && Set(listed).count == units)
  }

  /// What CONTRIBUTING.md sends a newcomer to is there.
  @Test func contributorsAreSentToWhatThereIs() throws {
    let text = String(decoding: try FileTree.contents(of: "\(Self.top)/CONTRIBUTING.md"), as: UTF8.self)
    let places = text.matches(of: /(?:`|\()((?:Sources|Tests|Fixtures)\/[\w\/.+]+|CHANGELOG\.md)/).map { $0.1 }
    #expect(places.count > 20)
    for place in places { #expect(FileTree.exists("\(Self.top)/\(place)"), "\(place)") }
    let suites = Set(
      try Self.files.get().flatMap { file in
        file.lines.compactMap { $0.has("struct ") ? $0.firstMatch(of: /struct (\w+Tests)\b/)?.1 : nil }
      })
    let named = text.matches(of: /\b\w+Tests\b/).map { $0.0 }.filter {
      !text.contains("/\($0)/") && !text.contains("/\($0)`")
    }
    #expect(named.count >= 6)
    for name in named { #expect(suites.contains(name), "\(name)") }
  }

  /// What the package manager does not enforce: a target sees every module that is built before it.
  @Test func importsFollowTheArrows() throws {
    let arrows = try Self.arrows()
    #expect(arrows.count == 10 && arrows["Evidence"] == ["ByteReading", "PostgresFormat"])
    let system: Set<Substring> = ["Glibc", "Synchronization", "FoundationEssentials"]
    for file in try Self.files.get() {
      guard let target = file.target, let arrows = arrows[target] else { continue }
      let touchesTheSystem = ["EvidenceDocument", "ClusterFiles", "LiveServer", "SlotscopeCommands"].contains(target)
      let allowed = arrows.union(touchesTheSystem ? system : [])
      for line in file.lines where line.has("import ") {
        guard let name = line.wholeMatch(of: /(?:@\w+ )?(?:\w+ )?import (?:\w+ )?(\w+)/)?.1 else { continue }
        #expect(allowed.contains(name), "\(file.path) imports \(name)")
      }
    }
  }

  /// By target, what Package.swift lets it import.
  private static func arrows() throws -> [Substring: Set<Substring>] {
    let package = try #require(try files.get().last { $0.path == "Package.swift" }).lines.joined(separator: "\n")
    let targets = package.matches(
      of: /(?:library\(\s*|\.executableTarget\(\s*name: )"(\w+)",\s*(?:dependencies: )?\[([^\]]*)\]/)
    return Dictionary(
      uniqueKeysWithValues: targets.map { ($0.1, Set($0.2.matches(of: /"(\w+)"/).map { $0.1 })) })
  }
}

extension Substring {
  /// Whether it has these bytes in it: much faster than to ask it for its characters.
  func has(_ word: String) -> Bool {
    guard utf8.count >= word.utf8.count, !word.isEmpty else { return word.isEmpty }
    let found = utf8.withContiguousStorageIfAvailable { line in
      word.utf8.withContiguousStorageIfAvailable { word in
        var at = line.baseAddress!
        let last = at + line.count - word.count
        while at <= last, let next = memchr(at, Int32(word[0]), last - at + 1) {
          if memcmp(next, word.baseAddress!, word.count) == 0 { return true }
          at = UnsafePointer(next.assumingMemoryBound(to: UInt8.self)) + 1
        }
        return false
      } ?? true
    }
    return found ?? true
  }
}
