import SlotSafety

/// Checks and statements of steps as lines of PL/pgSQL and SQL.
///
/// A condition in a block is not looked at by a server before its turn comes: an earlier check may tell that the server
/// does not know what a later one asks. psql replaces no variable between the dollar quotes.
enum PlanScriptChecks {
  /// A block that runs checks; those that only advise come last.
  static func run(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    checks.isEmpty ? [] : block(["begin"] + (try statements(checks)) + ["end"])
  }

  /// The same for each slot of a list.
  static func runForEach(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    checks.isEmpty ? [] : block(SlotTemplate.loop(try statements(checks)))
  }

  /// What a block of checks consists of.
  static func statements(_ checks: [PlanCheck]) throws(QuotingError) -> [String] {
    var lines: [String] = []
    for check in checks.filter({ !$0.isAdvice }) + checks.filter(\.isAdvice) {
      lines += try check.patience > 0 ? wait(for: check) : atOnce(check)
    }
    return lines.map { "  " + $0 }
  }

  private static func atOnce(_ check: PlanCheck) throws(QuotingError) -> [String] {
    ["if (\(SlotTemplate.sql(check.condition))) is not true then"] + (try raise(check)).map { "  " + $0 } + ["end if;"]
  }

  /// Looks five times a second, says every five seconds what it waits for, and gives up after `patience`.
  private static func wait(for check: PlanCheck) throws(QuotingError) -> [String] {
    var lines = [
      "declare patience int := coalesce(nullif(current_setting('slotscope.patience'), '')::int, \(check.patience));",
      "begin", "  for i in 0 .. 5 * patience loop", "    exit when \(SlotTemplate.sql(check.condition));",
      "    if i = 5 * patience then",
    ]
    lines += try raise(check).map { "      " + $0 }
    lines += [
      "    elsif i > 0 and i % 25 = 0 then",
      "      raise notice using message = \(try SlotTemplate.message("waiting: \(check.expects)")),",
      "        detail = format('found: %s; %s of %s s', coalesce((\(SlotTemplate.sql(check.found)))::text, 'nothing'),"
        + " i / 5, patience);", "    end if;",
    ]
    for nudge in check.nudges {
      lines.append("    begin perform \(query(nudge)); exception when others then null; end;")
    }
    return lines + ["    perform pg_sleep(0.2);", "  end loop;", "end;"]
  }

  /// An error, or a warning where the check only advises.
  private static func raise(_ check: PlanCheck) throws(QuotingError) -> [String] {
    let hint = if let hint = check.hint { ", hint = \(try SlotTemplate.message(hint))" } else { "" }
    let (level, message) =
      check.isAdvice
      ? ("warning", "advice: there should be: \(check.expects)") : ("exception", "refused: expected \(check.expects)")
    return [
      "raise \(level) using errcode = '55000', message = \(try SlotTemplate.message(message)),",
      "  detail = 'found: ' || coalesce((\(SlotTemplate.sql(check.found)))::text, 'nothing')\(hint);",
    ]
  }

  /// That a new connection has led to the server that was checked before.
  static func same(_ server: PlannedServer) -> [String] {
    let recovers = server.node == .standby || server.node == .follower
    return block([
      "begin if ((select system_identifier::text from pg_control_system()) = '\(server.systemIdentifier)'"
        + " and \(recovers ? "" : "not ")pg_is_in_recovery()) is not true then",
      "  raise exception using errcode = '55000', message = 'refused: this is not the server that was checked above';",
      "end if; end",
    ])
  }

  // MARK: Statements

  /// The step's statement, in the form that it needs.
  static func statement(_ step: Step) throws(QuotingError) -> [String] {
    guard let sql = step.sql else { return [] }
    let limited: [String] =
      switch step.execution {
      case .block where step.proof == nil && step.timeoutMessage == nil: ["\(sql) \(PlanScriptSession.ignored)"]
      case .block: block(try change(sql, of: step))
      case .alone, .replication: [sql + ";"]
      case .result: literal(sql, step.value)
      }
    let reload =
      step.reloads
      ? ["select pg_reload_conf() \(PlanScriptSession.ignored)"]
        // A session takes a new configuration over between two statements.
        + [String](
          repeating:
            "select case when (\(step.isDone)) is not true then pg_sleep(1)::text end \(PlanScriptSession.ignored)",
          count: 4) : []
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

  /// The statement with its proof, and what a time limit means.
  private static func change(_ sql: String, of step: Step) throws(QuotingError) -> [String] {
    var lines = ["begin", "  perform \(query(SlotTemplate.sql(sql)));"]
    if let proof = step.proof {
      lines.append("  if (\(SlotTemplate.sql(proof.condition))) is not true then")
      if let undo = step.undo { lines.append("    perform \(query(SlotTemplate.sql(undo)));") }
      lines += try raise(proof).map { "    " + $0 } + ["  end if;"]
    }
    if let message = step.timeoutMessage {
      lines += [
        "exception when query_canceled then",
        "  raise exception using errcode = '57014', message = \(try SlotTemplate.message(message)), detail = sqlerrm;",
      ]
    }
    return lines + ["end"]
  }

  /// A step for each slot of a list: its checks, its statement unless it was done before, and what must hold then.
  static func forEach(_ step: Step, common: [PlanCheck]) throws(QuotingError) -> [String] {
    let before = try statements(common.filter { !$0.isAdvice })
    var body = try statements((step.preconditions + step.requirements).filter { !$0.isAdvice })
    if let sql = step.sql {
      let name = String(SlotTemplate.Column.name.mark)
      body += ["  if (\(SlotTemplate.sql(step.isDone))) is true then"]
      body += ["    raise notice using message = \(try SlotTemplate.message("done before: \(name): \(step.title)"));"]
      body += ["  else", "    raise notice using message = \(try SlotTemplate.message("\(name): \(step.title)"));"]
      body += try change(sql, of: step).map { "    " + ($0 == "end" ? "end;" : $0) }
      body += ["  end if;"]
    }
    body += try statements(step.postconditions)
    // What only waits has a limit of its own for each slot.
    let limit = step.sql == nil ? "set statement_timeout = 0;" : "set statement_timeout = :'step_timeout';"
    return [limit] + block(SlotTemplate.loop(body, after: before)) + [":session"]
  }

  /// Keeps a fact as a setting: what the operator gave, else what the server says, else nothing.
  static func learn(_ fact: ServerFact) -> [String] {
    ["\\if :{?\(fact.name)} \\else \\set \(fact.name) '' \\endif", setting(fact.name, fact.name)]
      + (fact.expression == ServerFact.untold
        ? []
        : block([
          "begin if current_setting('slotscope.\(fact.name)') = '' then",
          "  perform set_config('slotscope.\(fact.name)', coalesce(\(fact.expression), ''), false); end if;",
          "exception when others then null;  -- a missing right: it stays unknown", "end",
        ]))
  }

  /// Gives a psql variable to the server as a setting.
  static func setting(_ name: String, _ variable: String) -> String {
    "select set_config('slotscope.\(name)', :'\(variable)', false) \(PlanScriptSession.ignored)"
  }

  static func refusal(_ message: String) throws(QuotingError) -> [String] {
    block([
      "begin", "  raise exception using errcode = '55000', message = \(try SlotTemplate.message(message));", "end",
    ])
  }

  private static func block(_ lines: [String]) -> [String] {
    ["do \(SQLText.dollarQuoted(" " + lines.joined(separator: "\n") + " "));"]
  }

  /// PL/pgSQL wants `perform` for a query whose result nobody takes.
  private static func query(_ sql: String) -> Substring { sql.dropFirst("select ".count) }
}
