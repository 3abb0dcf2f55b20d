import SlotSafety

/// The blocks of SQL that a script is made of: checks, statements, facts.
enum PlanScriptChecks {
  /// A block that raises an error unless the condition holds, or comes to hold in time.
  static func guarded(_ check: PlanCheck) throws(QuotingError) -> [String] {
    let raise = try raise(check)
    guard check.patience > 0 else {
      return block(["begin", "  if (\(check.condition)) is not true then", "    \(raise);", "  end if;", "end"])
    }
    let waiting = try text("waiting: \(check.expects)")
    return block(
      [
        "declare slotscope_began timestamptz := clock_timestamp(); slotscope_passed int; slotscope_last int := 0;",
        "  slotscope_patience int := coalesce(nullif(current_setting('slotscope.patience', true), '')::int,"
          + " \(check.patience));",
        "begin",
        "  while (\(check.condition)) is not true loop",
        "    slotscope_passed := extract(epoch from clock_timestamp() - slotscope_began)::int;",
        "    if slotscope_passed > slotscope_patience then",
        "      \(raise);",
        check.isAdvice ? "      exit;" : nil,
        "    end if;",
        "    if slotscope_passed >= slotscope_last + 5 then",
        "      slotscope_last := slotscope_passed;",
        "      raise notice using message = \(waiting), detail = 'found: ' || coalesce((\(check.found))::text, 'nothing')"
          + " || format('; %s of %s s', slotscope_passed, slotscope_patience);",
        "    end if;",
      ].compactMap { $0 }
        + check.nudges.map { nudge in
          "    begin perform \(nudge.dropFirst("select ".count)); exception when others then null; end;"
        } + [
          "    perform pg_sleep(\(check.nudges.isEmpty ? "0.2" : "1"));",
          "  end loop;",
          "end",
        ])
  }

  /// The step's statement, in the form that it needs.
  static func statement(_ step: Step) throws(QuotingError) -> [String] {
    guard let sql = step.sql else { return [] }
    let limited: [String] =
      switch step.execution {
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
    // PL/pgSQL wants `perform` for a query whose result nobody takes.
    var body = ["begin", "  perform \(sql.dropFirst("select ".count));"]
    if let proof = step.proof {
      body.append("  if (\(proof.condition)) is not true then")
      if let undo = step.undo { body.append("    perform \(undo.dropFirst("select ".count));") }
      try body += ["    \(raise(proof));", "  end if;"]
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
    [
      "\\if :{?\(fact.name)}",
      "select set_config('slotscope.\(fact.name)', :'\(fact.name)', false) as slotscope_ignored \\gset",
      "\\else",
    ]
      + block([
        "declare answer text;", "begin", "  begin", "    answer := \(fact.expression);",
        "  exception when others then answer := null;", "  end;",
        "  perform set_config('slotscope.\(fact.name)', coalesce(answer, ''), false);", "end",
      ]) + ["\\endif"]
  }

  static func refusal(_ message: String) throws(QuotingError) -> [String] {
    block(["begin", "  raise exception using errcode = '55000', message = \(try text(message));", "end"])
  }

  /// The statement that says what was expected and what was found.
  private static func raise(_ check: PlanCheck) throws(QuotingError) -> String {
    let level = check.isAdvice ? "warning" : "exception"
    let word = check.isAdvice ? "advice: there should be:" : "refused: expected"
    var raise = "raise \(level) using errcode = '55000', message = \(try text("\(word) \(check.expects)"))"
    raise += ", detail = 'found: ' || coalesce((\(check.found))::text, 'nothing')"
    if let hint = check.hint { raise += ", hint = \(try text(hint))" }
    return raise
  }

  private static func block(_ lines: [String]) -> [String] {
    ["do \(SQLText.dollarQuoted("\n" + lines.joined(separator: "\n") + "\n"));"]
  }

  private static func text(_ message: String) throws(QuotingError) -> String {
    try SQLText.literal(TerminalText.escaped(message))
  }
}
