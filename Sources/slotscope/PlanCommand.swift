import ArgumentParser
import Reporting
import SlotSafety

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Writes the SQL that gives a standby, or the primary that it became, the slots that it lacks.",
    discussion: """
      The script is for psql:  slotscope plan --primary P --standby S | psql -X 'host=standby dbname=postgres'
      It checks that it runs on the right server before it changes anything; psql -v dry_run=1 checks only.
      From PostgreSQL 16 on it runs on the standby before the promotion, earlier on the new primary right after it.

      Exit codes: 0 the plan covers every slot, or there is nothing to do; 1 it leaves some out, and says why; 2 there is
      no safe plan; 3 evidence missing or unreadable.
      """)

  @Option(help: ArgumentHelp("The primary: data directory or evidence file.", valueName: "source"))
  var primary: String

  @Option(help: ArgumentHelp("The standby that is to take over.", valueName: "source"))
  var standby: String

  @Option(name: .customLong("for"), help: "The node that the script is for; the default is the one it matters for.")
  var node: PlanNode?

  @Option(help: "Output format: text (the script) or json (the steps).")
  var format: DocumentFormat = .text

  func run() throws {
    let primary = try SourceArgument.evidence(primary)
    let standby = try SourceArgument.evidence(standby)
    let plan: Plan
    do throws(PlanRefusal) {
      plan = try makePlan(primary: primary, standby: standby)
    } catch {
      Terminal.report(error: "no plan: \(error.message)", hint: error.hint)
      try (error.isLackOfEvidence ? ExitStatus.unknown : .error).exit()
      return
    }
    switch format {
    case .json: Terminal.write(PlanJSON.document(plan).serialized(pretty: true) + "\n")
    case .text:
      if let script = try PlanScript.text(plan, for: node ?? plan.approach.node) {
        Terminal.write(script)
      } else if let node, !plan.steps.isEmpty {
        Terminal.report(error: "the plan has nothing to run on the \(node.rawValue)")
        try ExitStatus.error.exit()
      } else {
        Terminal.writeError("slotscope: nothing to do: the standby lacks no slot that this plan could make\n")
      }
    }
    for exclusion in plan.exclusions where format == .text {
      Terminal.writeError(
        "slotscope: slot \(TerminalText.escaped(exclusion.slotName)) is left out: \(exclusion.reason.sentence)\n")
    }
    try ExitStatus(plan).exit()
  }
}

extension PlanNode: ExpressibleByArgument {}

extension ExitStatus {
  /// A slot that is left out is an error where the plan has nothing else, else a warning.
  init(_ plan: Plan) {
    let open = plan.exclusions.filter { !$0.isHarmless }
    if open.contains(where: { $0.reason == .unreadable }) {
      self = .unknown
    } else if open.isEmpty {
      self = .ready
    } else {
      self = plan.steps.isEmpty ? .error : .warning
    }
  }
}
