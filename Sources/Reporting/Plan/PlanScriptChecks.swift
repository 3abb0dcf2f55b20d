import SlotSafety

/// Checks as psql sees them: rows of a list that `:expect` and `:advise` (`PlanScriptSession`) make blocks of.
///
/// A list is kept in a psql variable where it runs more than once. Its SQL stands between dollar quotes, so that psql
/// replaces no variable in it, and is not looked at by a server before its turn comes: an earlier row may tell that the
/// server does not know what a later one asks.
enum PlanScriptChecks {
  /// Lines that run checks; those that only advise come last.
  static func run(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    let (expected, advised) = (checks.filter { !$0.isAdvice }, checks.filter(\.isAdvice))
    return try (expected.isEmpty ? [] : ["select :expect from (values"] + rows(expected) + [") as :check \\gexec"])
      + (advised.isEmpty ? [] : ["select :advise from (values"] + rows(advised) + [") as :advice \\gexec"])
  }

  /// Lines that keep checks in a variable, to be run by `run(list:)`.
  static func define(_ list: String, _ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    let body = "\n" + (try rows(checks)).joined(separator: "\n") + "\n"
    return ["select \(SQLText.dollarQuoted(body)) as \(list) \\gset"]
  }

  static func run(list: String) -> String { "select :expect from (values :\(list)) as :check \\gexec" }

  private static func rows(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    var rows: [String] = []
    for check in checks {
      let hint = if let hint = check.hint { try text(hint) } else { "null" }
      let more = check.isAdvice ? ", " + (check.nudges.isEmpty ? "null" : SQLText.dollarQuoted(nudging(check))) : ""
      try rows.append(
        "  (\(text(check.expects)),\n    \(SQLText.dollarQuoted(check.condition)),"
          + "\n    \(SQLText.dollarQuoted(check.found)), \(hint), \(check.patience)\(more))")
    }
    return rows.enumerated().map { $0.offset + 1 < rows.count ? $0.element + "," : $0.element }
  }

  /// PL/pgSQL; it does not matter whether a nudge can run.
  private static func nudging(_ check: PlanCheck) -> String {
    check.nudges.map { "begin perform \(query($0)); exception when others then null; end;" }.joined(separator: " ")
  }

  /// The step's statement, in the form that it needs.
  static func statement(_ step: Step) throws(QuotingError) -> [String] {
    guard let sql = step.sql else { return [] }
    let limited: [String] =
      switch step.execution {
      case .block where step.proof == nil && step.timeoutMessage == nil: [sql + " as slotscope_ignored \\gset"]
      case .block: try self.block(sql, of: step)
      case .alone, .replication: [sql + ";"]
      case .result: [sql + " \\gexec"]
      }
    let reload =
      step.reloads
      ? ["select pg_reload_conf() as slotscope_ignored \\gset"]
        // A session takes a new configuration over between two statements.
        + [String](
          repeating:
            "select case when (\(step.isDone)) is not true then pg_sleep(0.5)::text end as slotscope_ignored \\gset",
          count: 6) : []
    return ["set statement_timeout = :'step_timeout';"] + limited
      + ["set statement_timeout = :'slotscope_limit';"] + reload
  }

  private static func block(_ sql: String, of step: Step) throws(QuotingError) -> [String] {
    var body = ["begin", "  perform \(query(sql));"]
    if let proof = step.proof {
      body.append("  if (\(proof.condition)) is not true then")
      if let undo = step.undo { body.append("    perform \(query(undo));") }
      body.append("    raise exception using errcode = '55000', message = \(try text(refusal(proof))),")
      let hint = if let hint = proof.hint { ", hint = \(try text(hint))" } else { "" }
      body.append("      detail = 'found: ' || coalesce((\(proof.found))::text, 'nothing')\(hint);")
      body.append("  end if;")
    }
    if let message = step.timeoutMessage {
      body += [
        "exception when query_canceled then",
        "  raise exception using errcode = '57014', message = \(try text(message)), detail = sqlerrm;",
      ]
    }
    return block(body + ["end"])
  }

  /// Keeps a fact as a setting: what the operator gave, else what the server says, else nothing.
  static func learn(_ fact: ServerFact) -> [String] {
    ["\\if :{?\(fact.name)}", "\\else", "\\set \(fact.name) ''", "\\endif"]
      + ["select set_config('slotscope.\(fact.name)', :'\(fact.name)', false) as slotscope_ignored \\gset"]
      + (fact.expression == ServerFact.untold
        ? []
        : block([
          "begin", "  if current_setting('slotscope.\(fact.name)') = '' then",
          "    perform set_config('slotscope.\(fact.name)', coalesce(\(fact.expression), ''), false);", "  end if;",
          "exception when others then null;  -- a missing right: it stays unknown", "end",
        ]))
  }

  static func refusal(_ message: String) throws(QuotingError) -> [String] {
    block(["begin", "  raise exception using errcode = '55000', message = \(try text(message));", "end"])
  }

  private static func refusal(_ check: PlanCheck) -> String { "refused: expected \(check.expects)" }

  private static func block(_ lines: [String]) -> [String] {
    ["do \(SQLText.dollarQuoted("\n" + lines.joined(separator: "\n") + "\n"));"]
  }

  /// PL/pgSQL wants `perform` for a query whose result nobody takes.
  private static func query(_ sql: String) -> Substring { sql.dropFirst("select ".count) }

  private static func text(_ message: String) throws(QuotingError) -> String {
    try SQLText.literal(TerminalText.escaped(message))
  }
}
