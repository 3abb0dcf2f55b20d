import ArgumentParser
import Reporting
import SlotSafety

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Lists the rules of audit and inspect and the premises of verdicts, or explains one of them.")

  @Argument(help: ArgumentHelp("A rule's id, such as A13 or slot.lost, or a premise's.", valueName: "id"))
  var id: String?

  @Option(help: "Output format: text, json or markdown.")
  var format: RulesFormat = .text

  func run() throws {
    var (rules, premises) = (Rule.all, Premise.allCases)
    if let id, let premise = Premise(rawValue: id.lowercased()) {
      (rules, premises) = ([], [premise])
    } else if let id {
      guard let rule = Rule.find(text: id) else {
        throw ValidationError(
          "there is no rule \(TerminalText.escaped(id)), nor such a premise; \"slotscope rules\" lists them")
      }
      (rules, premises) = ([rule], [])
    }
    switch format {
    case .text:
      Terminal.write(
        id == nil
          ? RulesText.list(style: Terminal.style)
          : rules.first.map { RulesText.one($0, style: Terminal.style) }
            ?? RulesText.one(premises[0], style: Terminal.style))
    case .json: Terminal.write(document: RulesText.document(rules, premises).serialized(pretty: true) + "\n")
    case .markdown:
      guard id == nil else { throw ValidationError("markdown is a page of all rules; leave the id out") }
      Terminal.write(document: RulesText.markdown())
    }
  }
}

/// `--format` of the rules.
enum RulesFormat: String, ExpressibleByArgument, CaseIterable { case text, json, markdown }
