import SlotscopeCommands

/// One page in mdoc(7), the language of manual pages.
struct ManualPage {
  var command: CommandDescription
  var version: String
  /// `November 25, 2026`: the day of the release, so that the same sources give the same pages.
  var date: String

  var text: String {
    var lines = [
      ".Dd \(date)", ".Dt \(Self.quoted(command.pageName.uppercased())) 1",
      ".Os \(Self.quoted("slotscope " + version))",
      ".Sh NAME", ".Nm \(Self.quoted(command.pageName))", ".Nd \(Self.text(nameLine))", ".Sh SYNOPSIS",
      ".Nm \(Self.quoted(command.words.joined(separator: " ")))",
    ]
    lines += command.shownArguments.map(synopsis)
    if !command.subcommands.isEmpty { lines.append(".Ar command ...") }
    lines.append(".Sh DESCRIPTION")
    lines += Self.paragraphs(command.discussion ?? command.abstract ?? "")
    lines += list(command.subcommands.map { (".It Xr \(Self.quoted($0.pageName)) 1", $0.abstract) })
    lines += list(command.shownArguments.map { (item($0), details($0)) })
    for (title, body) in ManualSections.of(command) { lines += [".Sh \(title)"] + body }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The abstract as the tools that list pages want it: no full stop at its end.
  private var nameLine: String {
    let abstract = command.abstract ?? ""
    return abstract.last == "." ? String(abstract.dropLast()) : abstract
  }

  private func synopsis(_ argument: CommandDescription.Argument) -> String {
    let words = argument.names?.first.map { longest(argument.names ?? [$0]) }
    var line = argument.isOptional || argument.kind != "positional" ? ".Op" : "."
    if let words { line += " Fl \(Self.quoted(String(words.dropFirst())))" }
    if argument.kind != "flag" { line += " Ar \(Self.quoted(argument.valueName ?? "value"))" }
    if argument.isRepeating { line += " ..." }
    return line.hasPrefix(". ") ? "." + line.dropFirst(2) : line
  }

  private func longest(_ names: [CommandDescription.Name]) -> String {
    names.map(\.spelling).max { $0.utf8.count < $1.utf8.count } ?? ""
  }

  private func item(_ argument: CommandDescription.Argument) -> String {
    let value = argument.kind == "flag" ? "" : " Ar \(Self.quoted(argument.valueName ?? "value"))"
    let names = (argument.names ?? []).map { "Fl \(Self.quoted(String($0.spelling.dropFirst())))" }
    return ".It " + (names.isEmpty ? String(value.dropFirst()) : names.joined(separator: " , ") + value)
  }

  private func details(_ argument: CommandDescription.Argument) -> String {
    var text = argument.abstract ?? ""
    if let value = argument.defaultValue { text += " The default is \(value)." }
    return text
  }

  private func list(_ items: [(head: String, body: String)]) -> [String] {
    guard !items.isEmpty else { return [] }
    return [".Bl -tag -width Ds"] + items.flatMap { [$0.head] + Self.paragraphs($0.body) } + [".El"]
  }

  /// Running text: a line of it may neither begin like a request nor hold an escape.
  static func text(_ line: some StringProtocol) -> String {
    let escaped = String(line).replacing("\\", with: "\\e")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }

  /// One argument of a macro, whatever is in it.
  static func quoted(_ word: String) -> String {
    "\"\(word.replacing("\\", with: "\\e").replacing("\"", with: "\\(dq"))\""
  }

  /// Lines that are set as they are where they are indented or hold columns, running text otherwise.
  static func paragraphs(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
      if line.allSatisfy({ $0 == " " }) { return index == 0 ? [] : [".Pp"] }
      if line.contains("  ") { return (index == 0 ? [] : [".Pp"]) + [".Dl " + quoted(String(line))] }
      // A sentence a line, so that the formatter sets the space after it.
      return line.replacing(". ", with: ".\n").split(separator: "\n").map { Self.text($0) }
    }
  }

  /// Commands that an operator types, with a sentence before each.
  static func examples(_ entries: [(sentence: String, command: String)]) -> [String] {
    entries.enumerated().flatMap { index, entry in
      (index == 0 ? [] : [".Pp"]) + [text(entry.sentence), ".Pp", ".Dl " + quoted(entry.command)]
    }
  }
}
