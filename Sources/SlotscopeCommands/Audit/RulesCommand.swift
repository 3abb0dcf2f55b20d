import ArgumentParser
import Reporting
import SlotSafety

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Lists the rules of an audit, or explains one of them.")

  @Argument(help: ArgumentHelp("A rule's id, such as A13.", valueName: "id"))
  var id: String?

  @Option(help: "Output format: text, json or markdown.")
  var format: RulesFormat = .text

  func run() throws {
    var rules = AuditRule.all
    if let id {
      guard let rule = AuditRule.find(text: id) else {
        throw ValidationError(
          "there is no rule \(TerminalText.escaped(id)); the ids are A01 to A43, L1 to L20, N1 to N5 and F1 to F7")
      }
      rules = [rule]
    }
    switch format {
    case .text:
      Terminal.write(
        id == nil
          ? RulesText.list(style: Terminal.style)
          : RulesText.one(rules[0], style: Terminal.style))
    case .json: Terminal.write(RulesText.document(rules).serialized(pretty: true) + "\n")
    case .markdown:
      guard id == nil else { throw ValidationError("markdown is a page of all rules; leave the id out") }
      Terminal.write(RulesText.markdown())
    }
  }
}

/// `--format` of the rules.
enum RulesFormat: String, ExpressibleByArgument, CaseIterable { case text, json, markdown }
