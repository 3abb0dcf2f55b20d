import Evidence
import PostgresFormat

/// What a running server did not show, and what that leaves open.
enum ServerAnswers {
  static let unit = RuleUnit(
    .note, .node { $0.evidence.filesAreKnown ? [] : refusals($0) + session($0) },
    rules: Rule(.serverRefused, .warning, "The server answered what it was asked."),
    Rule(
      .serverRefusedEssential, .error,
      "The server answered what it was asked of slots, the control file, settings and WAL."),
    Rule(
      .serverLimitedRole, .info, "The role that asked may see everything.", "GRANT pg_monitor TO the role that asks."),
    Rule(
      .serverRoleUnknown, .warning, "Whether the server is a standby can be told.",
      "Ask as a member of pg_monitor, or read its data directory."))

  /// What the server refused to answer.
  private static func refusals(_ node: Inspection) -> [Finding] {
    node.evidence.problems.map { problem in
      let isGrave = ["slot_folder", "slot_state", "control_file", "configuration", "wal"].contains(problem.subject)
      let isDenied = if case .other(code: "42501", message: _) = problem.cause { true } else { false }
      let timeline = problem.subject == "timeline_history"
      return Finding(
        isGrave ? .serverRefusedEssential : .serverRefused,
        "\(problem.path) was not answered: \(problem.cause.sentence). What it would tell is unknown.",
        facts: [Fact(problem.cause.sentence, path: problem.path)],
        remedy: timeline
          ? "Timeline histories need a role with REPLICATION, and room in max_wal_senders."
          : isDenied ? "Ask as a member of pg_monitor, or as a superuser." : nil)
    }
  }

  /// Who asked, where that hides something.
  private static func session(_ node: Inspection) -> [Finding] {
    guard let server = node.evidence.server else { return [] }
    var findings: [Finding] = []
    var hidden: [String] = []
    if !server.asked.seesAllSettings {
      let count = node.evidence.settings.hidden?.count ?? 0
      hidden.append("\(count) setting\(count == 1 ? "" : "s")")
    }
    if !server.asked.seesAllStatistics { hidden.append("what other sessions, receivers and senders do") }
    if !hidden.isEmpty {
      findings.append(
        Finding(
          .serverLimitedRole,
          "\(server.asked.role) may not see \(hidden.joined(separator: ", nor ")); that is unknown, not absent.",
          facts: [Fact("not a member of pg_monitor", path: "the session")]))
    }
    if server.role == .unknown {
      findings.append(
        Finding(
          .serverRoleUnknown,
          "The server is in recovery, and nothing that was shown tells whether it is a standby.",
          facts: [Fact("no WAL receiver, no primary_conninfo", path: "pg_stat_wal_receiver")]))
    }
    return findings
  }
}
