import FixtureSupport
import ServerLab
import SlotscopeCommands
import Testing

/// What is made from the definition of the command line: manual pages; and the program's own explanations.
@Suite struct ManualTests {
  /// The manual pages of this build, by name.
  private func pages() async throws -> [String: String] {
    let scratch = ScratchDirectory()
    let made = try await runProgram(
      productsDirectory + "/slotscope-manual", [scratch.path, "1.2.3", "May 1, 2026"])
    #expect(made.status == 0, "\(made)")
    return try Dictionary(
      uniqueKeysWithValues: FileTree.entries(of: scratch.path).map {
        ($0, String(decoding: try FileTree.contents(of: "\(scratch.path)/\($0)"), as: UTF8.self))
      })
  }

  @Test func everyCommandHasAPage() async throws {
    let pages = try await pages()
    let names = [
      "", "-status", "-inspect", "-audit", "-rules", "-timeline", "-capture", "-compare", "-plan", "-ledger", "-rejoin",
      "-upgrade", "-merge", "-show", "-wal", "-wal-records", "-wal-stats", "-wal-end", "-wal-gaps",
    ]
    #expect(Set(pages.keys) == Set(names.map { "slotscope\($0).1" }))
    for (name, page) in pages {
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO"] {
        #expect(page.contains("\n.Sh \(section)\n"), "\(name) has no \(section)")
      }
      #expect(page.hasPrefix(".Dd May 1, 2026\n") && page.contains("slotscope 1.2.3"), "\(name)")
    }
    #expect(pages["slotscope-audit.1"]?.contains(".It Fl \"-promote-at\" Ar \"lsn\"") == true)
  }

  /// An example that the command does not take is worse than none.
  @Test func examplesUseOptionsThatThereAre() async throws {
    var count = 0
    for (name, page) in try await pages() {
      for line in page.split(separator: "\n") where line.hasPrefix(".Dl \"slotscope ") {
        let typed = line.dropFirst(5).dropLast().split(separator: "|")[0].split(separator: " ").map(String.init)
        let words = typed.prefix { !$0.hasPrefix("-") && !$0.hasPrefix("/") && !$0.hasPrefix("'") }
        let command = words.dropFirst().filter { !["rules", "A13", "prod"].contains($0) && !$0.contains(".") }
        guard let help = try? await slotscope(["help"] + command)
        else {
          continue
        }
        count += 1
        for option in typed where option.hasPrefix("-") {
          #expect(help.output.contains(option), "\(name): \(line)")
        }
      }
    }
    #expect(count >= 10)
  }

  @Test(.enabled(if: FileTree.exists("/usr/bin/mandoc"), "no mandoc on this machine"))
  func pagesAreFaultless() async throws {
    let scratch = ScratchDirectory()
    for (name, page) in try await pages() {
      scratch.write(name, Array(page.utf8))
      let outcome = try await runProgram("/usr/bin/mandoc", ["-T", "lint", "-W", "warning", "\(scratch.path)/\(name)"])
      // The order of references is that of their use here.
      let complaints = (outcome.output + outcome.error).split(separator: "\n").filter {
        !$0.contains("unusual Xr order") && !$0.contains("mandoc.db")
      }
      #expect(complaints.isEmpty, "\(name)")
    }
  }

  /// However it is asked for, and with no error.
  @Test func everyCommandHasHelp() async throws {
    let paths = CommandOutline.program.all.map { Array($0.words.dropFirst()) }
    let outcomes = try await slotscope(each: paths.flatMap { [$0 + ["--help"], $0 + ["-h"], ["help"] + $0] })
    #expect(paths.count > 15)
    for (index, path) in paths.enumerated() {
      let found = outcomes[(3 * index)..<(3 * index + 3)]
      #expect(found.allSatisfy { $0.status == 0 && $0.error.isEmpty }, "\(path): \(found)")
      #expect(Set(found.map(\.output)).count == 1, "\(path)")
      #expect(found[3 * index].output.contains("USAGE: \((["slotscope"] + path).joined(separator: " "))"), "\(found)")
    }
  }

  @Test(arguments: [
    ("ready", 0), ("waiting", 1), ("fixable", 1), ("at_risk", 2), ("at-risk", 2), ("lost", 2), ("unknown", 3),
  ])
  func verdictsAreExplained(name: String, code: Int) async throws {
    let outcome = try await slotscope(["help", name])
    #expect(outcome.status == 0 && outcome.output.contains("(exit code \(code))"))
    #expect(outcome.output.contains("What to do: "))
  }

  @Test func rulesAreExplained() async throws {
    let outcome = try await slotscope(["rules", "a13"])
    #expect(outcome.status == 0 && outcome.output.hasPrefix("A13  error") && outcome.output.contains("What to do: "))
    #expect(try await slotscope(["help", "a13"]).output == outcome.output)
    let wrong = try await slotscope(["rules", "A99"])
    #expect(wrong.status == 64 && wrong.error.contains("there is no rule A99"))
  }
}
