package import SlotSafety

/// All scripts of a plan as files, numbered in the order in which they run, with a README that says so.
package enum PlanFolder {
  /// By what a folder's README is known to be ours.
  package static let mark = "# A plan made by slotscope"

  /// Names and texts; the README first.
  package static func files(_ plan: Plan) throws(QuotingError) -> [(name: String, text: String)] {
    var files: [(name: String, text: String)] = []
    for (number, part) in plan.parts.enumerated() {
      guard let text = try PlanScript.text(plan, for: part) else { continue }
      files.append((name(number, part), text))
      if part == Plan.standbyPart, let both = try PlanScript.textForBoth(plan) {
        files.append((nameForBoth(number), both))
      }
    }
    return [("README.md", readme(plan))] + files
  }

  /// Whether a file of this name, beginning with these bytes, is one that was written here before.
  package static func isOurs(_ name: String, beginning: String) -> Bool {
    if name == "README.md" { return beginning.hasPrefix(mark + "\n") }
    return name.hasSuffix(".sql") && beginning.hasPrefix("-- " + PlanScriptHeader.firstLine)
  }

  private static func name(_ number: Int, _ part: PlanPart) -> String { "\(number + 1)-\(part.name).sql" }

  /// It stands beside the standby's own script, in whose place it runs.
  private static func nameForBoth(_ number: Int) -> String { "\(number + 1)-\(Plan.nameForBoth).sql" }

  private static func readme(_ plan: Plan) -> String {
    var lines = [mark, ""]
    lines += plan.parts.isEmpty ? ["There is nothing to run: the plan has no step.", ""] : table(plan)
    if plan.parts.contains(where: { $0.stage == .meanwhile }) {
      let isByHand = plan.slots.contains { $0.approach == .slotsOnStandby }
      lines += [
        "The primary's script called meanwhile runs while the standby's waits, or after it"
          + (isByHand ? "; then run the standby's once more," : ".")
      ]
      if isByHand { lines.append("with the positions that the primary's printed (`-v position_SLOT=LSN`).") }
      lines.append("")
    }
    if plan.hasScriptForBoth, let number = plan.parts.firstIndex(of: Plan.standbyPart) {
      lines += [
        "Or one script for these two servers, `\(nameForBoth(number))`, in the place of the standby's and the primary's:",
        "`psql -X -v primary_conninfo='…' -v standby_conninfo='…' -f \(nameForBoth(number)) 'host=… dbname=…'`.", "",
      ]
    }
    if plan.parts.contains(where: { $0.stage == .afterPromotion }) {
      lines += ["Scripts called after run once the standby has been promoted; before, they refuse.", ""]
      if plan.slots.contains(where: { $0.approach == .slotsOnStandby }) {
        lines += [
          "Tell the new primary's script the positions that the standby's script advanced its slots to, too",
          "(`-v position_SLOT=LSN`): where it does not know that a consumer is as far as its slot, it ends with 3.", "",
        ]
      }
    }
    if !plan.exclusions.isEmpty {
      lines += ["Not in this plan:", ""]
      lines += PlanScriptHeader.exclusions(plan, atMost: 20).map { "- \(escaped($0))" } + [""]
    }
    lines += ["Afterwards `slotscope audit`, on the files as they are then, says whether each slot is ready."]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The scripts in their order, what each does, and how it is run.
  private static func table(_ plan: Plan) -> [String] {
    var lines = [
      "Run the scripts in this order, each with psql on its server:", "", "| script | runs on | what it does |",
      "|---|---|---|",
    ]
    var inputs: [String] = []
    for (number, part) in plan.parts.enumerated() {
      let steps = plan.steps.filter { $0.part == part }
      lines.append(
        "| `\(name(number, part))` | \(escaped(PlanScriptHeader.place(part))) | "
          + "\(PlanFolderSummary.text(steps, escaped)) |")
      inputs += requiredInputs(steps).map { "- `\(name(number, part))` needs `-v \($0)=…`" }
    }
    lines += inputs.isEmpty ? [] : [""] + inputs
    return lines + [
      "", "    psql -X -v dry_run=1 -f SCRIPT 'host=… dbname=…'   checks, and changes nothing",
      "    psql -X -f SCRIPT 'host=… dbname=…'                runs it; it can be run again at any time", "",
    ]
  }

  private static func requiredInputs(_ steps: [Step]) -> [String] {
    Set(steps.flatMap(\.inputs).filter(\.isRequired).map(\.name)).sorted()
  }

  /// Text that is not Markdown: names of subscriptions and slots come from files.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in TerminalText.escaped(text).unicodeScalars {
      if "\\`*_[]<>|#!&".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
