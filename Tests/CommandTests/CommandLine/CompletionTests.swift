import FixtureSupport
import ServerLab
import SlotSafety
import Testing

@testable import SlotscopeCommands

/// What the program answers to a shell, and what the real shells make of it.
@Suite struct CompletionTests {
  private func answer(_ words: [String], shell: String = "zsh") throws -> [String] {
    let completion = Completion(words, shell: shell, program: try CommandDescription.program())
    return (completion?.lines ?? []).map { String($0.prefix { $0 != "\t" }) }
  }

  @Test(arguments: [
    (["in"], ["inspect"]), (["wal", "re"], ["records"]), (["he"], ["help"]), (["help", "at"], ["at_risk"]),
    (["help", "wal", "g"], ["gaps"]), (["rules", "A33"], ["A33"]), (["help", "A13.po"], ["A13.position"]),
    (["audit", "--prom"], ["--promote-at"]), (["audit", "--format", "na"], ["nagios"]),
    (["audit", "--format=na"], ["--format=nagios"]), (["plan", "--approach", "f"], ["failover-slots"]),
    (["wal", "records", "-r", "Bt"], ["Btree"]), (["wal", "records", "-r", "Heap"], ["Heap2", "Heap"]),
    (["plan", "--for", "new"], ["new-primary"]), (["plan", "--for", "b"], ["both"]),
    (["inspect", "--sort", "ret"], ["retained"]),
    (["show", ""], [":files"]), (["audit", "-o", ""], [":files"]), (["wal", "end", "-D", ""], [":directories"]),
    (["audit", "--archive", ""], [":directories"]), (["ledger", "--slot", ""], []), (["audit", "--bogus", ""], []),
  ])
  func candidates(words: [String], expected: [String]) throws {
    #expect(try answer(words).sorted() == expected.sorted(), "\(words)")
  }

  @Test func sourcesAreDirectoriesEvidenceFilesAndServices() throws {
    #expect(try answer(["inspect", ""]).last == ":sources")
    #expect(try answer(["compare", "a", ""]).last == ":sources")
    #expect(try answer(["compare", "a", "b", ""]).contains("--format"))
  }

  @Test func optionsThatWereGivenAreNotOfferedAgain() throws {
    let options = try answer(["audit", "--primary", "P", "--standby", "S", "-"])
    #expect(!options.contains("--primary") && options.contains("--standby") && options.contains("--help"))
  }

  /// bash hands over `=` as a word and replaces what follows it.
  @Test func bashTakesValuesAlone() throws {
    #expect(try answer(["audit", "--format", "=", "na"], shell: "bash") == ["nagios"])
    #expect(try answer(["audit", "--format", "="], shell: "bash").count == 5)
  }

  /// A new kind of value has to say how it completes, or that it cannot.
  @Test func everyValueHasAKind() throws {
    let free: Set = [
      "lsn", "n", "name", "slot", "slot=lsn", "filter", "timeline", "position", "xid", "relation", "block", "database",
      "subcommands", "seconds", "id=value", "gigabytes", "event", "major", "mode", "name=value", "cluster-node", "i/n",
      "watch-seconds", "command",
    ]
    for command in try CommandDescription.all() {
      for argument in command.shownArguments where argument.kind != "flag" {
        guard case .free = ValueKind(argument) else { continue }
        let name = argument.valueName ?? ""
        #expect(free.contains(name), "\(command.pageName): <\(name)> is of no known kind")
      }
    }
  }

  // MARK: the real shells

  /// A folder with files to complete, the script of a shell, and this build first in the path.
  private func prepare(_ shell: String) async throws -> ScratchDirectory {
    let scratch = ScratchDirectory()
    scratch.write("script", Array(try await slotscope(["--generate-completion-script", shell]).output.utf8))
    scratch.write("evidence one.json", [])
    scratch.write("other.txt", [])
    try ExternalProgram.run("/bin/mkdir", [scratch.path + "/database"])
    return scratch
  }

  private static func isInstalled(_ shell: String) -> Bool {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].contains { FileTree.exists($0 + shell) }
  }

  private func run(_ shell: [String], in scratch: ScratchDirectory, _ script: String) async throws -> Outcome {
    try await runProgram(
      "/usr/bin/env",
      [
        "-C", scratch.path, "HOME=\(scratch.path)", "TERM=dumb",
        "PATH=\(productsDirectory):/usr/local/bin:/usr/bin:/bin",
      ]
        + shell, input: script)
  }

  /// What is typed, and what the shell offers for it. Files and directories are those of ``prepare(_:)``.
  static let typed: [(line: [String], offered: [String])] = [
    (["insp"], ["inspect"]), (["wal", "rec"], ["records"]), (["audit", "--prom"], ["--promote-at"]),
    (["audit", "--format", "nag"], ["nagios"]), (["rules", "A33"], ["A33"]), (["help", "at_"], ["at_risk"]),
    (["wal", "records", "-r", "Btr"], ["Btree"]), (["inspect", "dat"], ["database"]),
    (["audit", "--primary", "evi"], ["evidence one.json"]), (["inspect", "oth"], []), (["show", "oth"], ["other.txt"]),
    (["capture", "database", "-o", "oth"], ["other.txt"]), (["wal", "end", "-D", "dat"], ["database"]),
    (["wal", "end", "-D", "oth"], []),
  ]

  @Test func bash() async throws {
    let scratch = try await prepare("bash")
    for (words, offered) in Self.typed {
      let quoted = (["slotscope"] + words).map { "'\($0)'" }.joined(separator: " ")
      let ask = """
        compopt() { :; }
        source ./script
        COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count)
        _slotscope slotscope
        printf '%s\\n' "${COMPREPLY[@]}"
        complete -p slotscope
        """
      let outcome = try await run(["bash", "--norc"], in: scratch, ask)
      var lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(lines.popLast() == "complete -F _slotscope slotscope")
      #expect(lines == offered && outcome.error.isEmpty, "\(words): \(outcome)")
    }
  }

  /// Names that somebody gave to files of a folder that is completed in: none is run, as it is offered or as a word typed so far.
  static let hostileNames = [
    "$(touch PWNED).json", "`touch PWNED`.json", ";touch PWNED;.json", "a'$(touch PWNED)'.json",
    "a\"$(touch PWNED)\".json",
    "-o PWNED.json", "--output=PWNED.json", "&touch PWNED&.json", "x\ntouch PWNED\n.json",
    "${PWNED:=$(touch PWNED)}.json",
    "a[$(touch PWNED)].json", ":files.json", "~root.json", "\u{1B}]0;x\u{07}.json", "*?[.json", "{a,b}.json",
    "!touch PWNED.json",
  ]

  @Test(arguments: ["bash", "zsh", "fish"]) func hostileFileNames(shell: String) async throws {
    guard Self.isInstalled(shell) else { return }
    let scratch = try await prepare(shell)
    for name in Self.hostileNames { scratch.write(name, []) }
    let before = FileTree.entries(of: scratch.path)
    for typed in [""] + Self.hostileNames.map({ String($0.prefix(while: { $0 != "\n" })) }) {
      scratch.write("typed", typed)
      for words in ["inspect", "show", "audit --primary", "capture x -o"] {
        let list = words.split(separator: " ").map(String.init)
        let ask =
          switch shell {
          case "bash":
            """
            compopt() { :; }
            source ./script
            typed=$(cat typed)
            COMP_WORDS=(slotscope \(words) "$typed"); COMP_CWORD=\(list.count + 1)
            _slotscope slotscope
            """
          case "fish": "source ./script; complete -C \"slotscope \(words) \"(string escape -- (cat typed))\n"
          default:
            """
            zmodload zsh/zpty
            zpty inner zsh -f -i
            zpty -w inner 'PS1=; setopt nobeep; autoload -Uz compinit && compinit -u -D; source ./script; bindkey "^T" kill-whole-line'
            zpty -n -w inner "slotscope \(words) ${(q)$(cat typed)}"$'\\t\\t\\x14'
            sleep 0.3
            zpty -d inner
            """
          }
        let outcome = try await run([shell] + (shell == "bash" ? ["--norc"] : []), in: scratch, ask)
        #expect(!FileTree.exists(scratch.path + "/PWNED"), "\(words) \(typed): \(outcome)")
      }
    }
    // fish makes folders of its own in a home (.config, .local).
    #expect(FileTree.entries(of: scratch.path).filter { !before.contains($0) && !$0.hasPrefix(".") } == ["typed"])
  }

  @Test(.enabled(if: isInstalled("fish"), "no fish on this machine")) func fish() async throws {
    let scratch = try await prepare("fish")
    for (words, offered) in Self.typed {
      let line = (["slotscope"] + words).joined(separator: " ")
      let outcome = try await run(["fish", "--no-config"], in: scratch, "source ./script; complete -C '\(line)'\n")
      let lines = outcome.output.split(separator: "\n").map { line in
        let word = line.prefix { $0 != "\t" }
        return String(word.hasSuffix("/") ? word.dropLast() : word).replacing("\\ ", with: " ")
      }
      #expect(lines == offered && outcome.error.isEmpty, "\(words): \(outcome)")
    }
  }

  /// A second zsh on a terminal of its own, in which Tab is pressed: what stands in its line then.
  @Test(.enabled(if: isInstalled("zsh"), "no zsh on this machine")) func zsh() async throws {
    let scratch = try await prepare("zsh")
    for (words, offered) in Self.typed {
      let line = (["slotscope"] + words).joined(separator: " ")
      let ask = """
        zmodload zsh/zpty
        zpty inner zsh -f -i
        zpty -w inner 'PS1=; setopt nobeep nozle_bracketed_paste 2>/dev/null; autoload -Uz compinit && compinit -u -D'
        zpty -w inner 'source ./script; show() { print -r -- "<li""ne>$BUFFER</li""ne>" }; zle -N show; bindkey "^T" show; bindkey "^I" complete-word'
        zpty -n -w inner $'\(line)\\t\\x14'
        text=
        while zpty -r inner part; do text+=$part; [[ $text == *'<line>'*'</line>'* ]] && break; done
        print -r -- "${${text##*<line>}%%</line>*}"
        zpty -d inner
        """
      let outcome = try await run(["timeout", "20", "zsh", "-f"], in: scratch, ask)
      let completed = offered.first.map { word in
        (["slotscope"] + words.dropLast() + [word.replacing(" ", with: "\\ ")]).joined(separator: " ")
      }
      var shown = outcome.line
      while shown.hasSuffix(" ") || shown.hasSuffix("/") { shown.removeLast() }
      #expect(shown == completed ?? line, "\(words): \(outcome)")
    }
  }
}
