import ArgumentParser

/// The command line: wiring only.
struct Slotscope: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slotscope",
    abstract: "Reads PostgreSQL's own files and says whether a failover is safe for every replication slot.",
    discussion: """
      A SOURCE is a data directory, a base backup as tar (base.tar, base.tar.gz, …), an evidence file made by \
      "slotscope capture", or a running server: a libpq connection string (host=... dbname=..., service=...) or URI. A server is asked in one \
      read-only session.

      "slotscope help VERDICT" explains a verdict (ready, waiting, fixable, at_risk, lost, unknown), "slotscope help ID" \
      a rule.
      """,
    version: Version.text,
    subcommands: [
      InspectCommand.self, AuditCommand.self, RulesCommand.self, TimelineCommand.self, CaptureCommand.self,
      CompareCommand.self, PlanCommand.self, LedgerCommand.self, RejoinCommand.self, UpgradeCommand.self,
      ShowCommand.self, WalCommand.self,
    ],
    helpNames: [.long, .short, .customShort("?")])
}
