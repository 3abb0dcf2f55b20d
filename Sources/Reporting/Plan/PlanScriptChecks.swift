import SlotSafety

/// Checks as blocks that raise an error, and the statements of steps.
///
/// A condition in a block is not looked at by a server before its turn comes: an earlier check may tell that the server
/// does not know what a later one asks. psql replaces no variable between the dollar quotes.
enum PlanScriptChecks {
  /// Lines that run checks; those that only advise come last. Those that wait have a block of their own.
  static func run(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    var lines: [String] = []
    var together: [PlanCheck] = []
    for check in checks.filter({ !$0.isAdvice }) + checks.filter(\.isAdvice) {
      if check.patience == 0 {
        together.append(check)
      } else {
        lines += try atOnce(together) + wait(for: check)
        together = []
      }
    }
    return try lines + atOnce(together)
  }

  private static func atOnce(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    guard !checks.isEmpty else { return [] }
    var body = ["begin"]
    for check in checks {
      body.append("  if (\(check.condition)) is not true then")
      body += try raise(check).map { "    " + $0 }
      body.append("  end if;")
    }
    return block(body + ["end"])
  }

  /// A block that looks five times a second, says every five seconds what it waits for, and gives up after `patience`.
  private static func wait(for check: PlanCheck) throws(QuotingError) -> [String] {
    var body = [
      "declare",
      "  patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, \(check.patience));",
      "  began timestamptz := clock_timestamp();", "  waited int := 0;", "  said int := 0;",
      "begin", "  while (\(check.condition)) is not true loop",
      "    waited := extract(epoch from clock_timestamp() - began)::int;", "    if waited >= patience then",
    ]
    body += try raise(check).map { "      " + $0 }
    if check.isAdvice { body.append("      exit;") }
    body += [
      "    elsif waited >= said + 5 then", "      said := waited;",
      "      raise notice using message = \(try text("waiting: \(check.expects)")),",
      "        detail = format('found: %s; %s of %s s', coalesce((\(check.found))::text, 'nothing'), waited, patience);",
      "    end if;",
    ]
    for nudge in check.nudges {
      body.append("    begin perform \(query(nudge)); exception when others then null; end;")
    }
    return block(body + ["    perform pg_sleep(0.2);", "  end loop;", "end"])
  }

  /// An error, or a warning where the check only advises.
  private static func raise(_ check: PlanCheck) throws(QuotingError) -> [String] {
    let hint = if let hint = check.hint { ", hint = \(try text(hint))" } else { "" }
    let (level, message) =
      check.isAdvice
      ? ("warning", "advice: there should be: \(check.expects)") : ("exception", "refused: expected \(check.expects)")
    return [
      "raise \(level) using errcode = '55000', message = \(try text(message)),",
      "  detail = 'found: ' || coalesce((\(check.found))::text, 'nothing')\(hint);",
    ]
  }

  // MARK: Statements

  /// The step's statement, in the form that it needs.
  static func statement(_ step: Step) throws(QuotingError) -> [String] {
    guard let sql = step.sql else { return [] }
    let limited: [String] =
      switch step.execution {
      case .block where step.proof == nil && step.timeoutMessage == nil: ["\(sql) \(PlanScriptSession.ignored)"]
      case .block: try self.block(sql, of: step)
      case .alone, .replication: [sql + ";"]
      case .result: literal(sql, step.value)
      }
    let reload =
      step.reloads
      ? ["select pg_reload_conf() \(PlanScriptSession.ignored)"]
        // A session takes a new configuration over between two statements.
        + [String](
          repeating:
            "select case when (\(step.isDone)) is not true then pg_sleep(0.5)::text end \(PlanScriptSession.ignored)",
          count: 6) : []
    return ["set statement_timeout = :'step_timeout';"] + limited + [":session"] + reload
  }

  /// A statement that ends with a literal, which psql quotes.
  private static func literal(_ sql: String, _ value: Step.Value?) -> [String] {
    switch value {
    case .input(let name): ["\(sql) :'\(name)';"]
    case .answer(let expression):
      [
        "select \(expression) as value \\gset \(PlanScriptSession.answers)",
        "\(sql) :'\(PlanScriptSession.answers)value';",
      ]
    case nil: [sql + ";"]
    }
  }

  private static func block(_ sql: String, of step: Step) throws(QuotingError) -> [String] {
    var body = ["begin", "  perform \(query(sql));"]
    if let proof = step.proof {
      body.append("  if (\(proof.condition)) is not true then")
      if let undo = step.undo { body.append("    perform \(query(undo));") }
      body += try raise(proof).map { "    " + $0 } + ["  end if;"]
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
    ["\\if :{?\(fact.name)}", "\\else", "\\set \(fact.name) ''", "\\endif", input(fact.name)]
      + (fact.expression == ServerFact.untold
        ? []
        : block([
          "begin", "  if current_setting('slotscope.\(fact.name)') = '' then",
          "    perform set_config('slotscope.\(fact.name)', coalesce(\(fact.expression), ''), false);", "  end if;",
          "exception when others then null;  -- a missing right: it stays unknown", "end",
        ]))
  }

  /// Gives a psql variable to the server as the setting of the same name.
  static func input(_ name: String) -> String {
    "select set_config('slotscope.\(name)', :'\(name)', false) \(PlanScriptSession.ignored)"
  }

  static func refusal(_ message: String) throws(QuotingError) -> [String] {
    block(["begin", "  raise exception using errcode = '55000', message = \(try text(message));", "end"])
  }

  private static func block(_ lines: [String]) -> [String] {
    ["do \(SQLText.dollarQuoted("\n" + lines.joined(separator: "\n") + "\n"));"]
  }

  /// PL/pgSQL wants `perform` for a query whose result nobody takes.
  private static func query(_ sql: String) -> Substring { sql.dropFirst("select ".count) }

  /// A text for people, which every server takes, whatever its encoding.
  private static func text(_ message: String) throws(QuotingError) -> String {
    try SQLText.literal(TerminalText.ascii(message))
  }
}
