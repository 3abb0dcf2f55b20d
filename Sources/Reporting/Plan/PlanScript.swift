package import SlotSafety

/// A plan as a script for psql, for the steps of one node.
///
/// First all checks of all steps, then the changes, each with its checks again, then a summary. A refusal is an SQL error,
/// so that psql ends with status 3; conditions are asked so that what cannot be told refuses as well.
package struct PlanScript {
  private let plan: Plan
  private let node: PlanNode
  private let server: PlannedServer
  private var lines: [String] = []

  /// The text of the script; nil where the plan has no step for that node.
  package static func text(_ plan: Plan, for node: PlanNode) throws(QuotingError) -> String? {
    guard let server = plan.server(node), plan.steps.contains(where: { $0.node == node }) else { return nil }
    var script = PlanScript(plan: plan, node: node, server: server)
    try script.write()
    return script.lines.joined(separator: "\n") + "\n"
  }

  private init(plan: Plan, node: PlanNode, server: PlannedServer) {
    (self.plan, self.node, self.server) = (plan, node, server)
  }

  private mutating func write() throws(QuotingError) {
    lines += PlanScriptHeader.lines(plan, for: server, alsoOnPrimary: alsoOnPrimary)
    lines += Self.settings
    if alsoOnPrimary { lines += Self.connectionVariables }
    comment("Part 1: checks. Nothing is changed before all of them hold.")
    for group in groups(of: steps) {
      try session(group)
      for step in group.steps {
        try withInput(of: step, printMissing: false) { script throws(QuotingError) in
          for check in step.preconditions { try script.lines += script.guarded(check) }
        }
      }
      endSession(group)
    }
    lines += [
      "\\echo 'all checks passed'", "\\if :slotscope_dry_run", "\\echo 'dry run: nothing was changed'", "\\else",
    ]
    comment("Part 2: changes.")
    for group in groups(of: steps) {
      try session(group)
      for step in group.steps { try write(step) }
      endSession(group)
    }
    lines += ["\\endif"]
    try summary()
  }

  // MARK: Sessions

  /// The primary's steps are part of the standby's script, for those who give it both connections.
  private var alsoOnPrimary: Bool { node == .standby && plan.steps.contains { $0.node == .primary } }

  private var steps: [Step] { plan.steps.filter { $0.node == node || alsoOnPrimary && $0.node == .primary } }

  /// Steps in a row that share a server and a database.
  private struct Group {
    var server: PlannedServer
    var database: String
    var steps: [Step]
  }

  private func groups(of steps: [Step]) -> [Group] {
    var groups: [Group] = []
    for step in steps {
      guard let server = plan.server(step.node) else { continue }
      if let last = groups.last, last.server.node == step.node, last.database == step.database {
        groups[groups.count - 1].steps.append(step)
      } else {
        groups.append(Group(server: server, database: step.database, steps: [step]))
      }
    }
    return groups
  }

  /// Connects to the group's database, and makes sure that it is the server that is meant.
  private mutating func session(_ group: Group) throws(QuotingError) {
    lines.append("")
    if group.server.node != node {
      lines += ["\\if :slotscope_with_primary", "\\connect -reuse-previous=on :\"primary_conninfo\""]
    }
    lines += try PsqlText.connect(database: group.database)
    lines += Self.sessionSettings
    for check in group.server.checks { lines += try guarded(check) }
    for fact in group.server.facts { lines += learn(fact) }
  }

  private mutating func endSession(_ group: Group) {
    if group.server.node != node { lines += ["\\connect -reuse-previous=on :\"standby_conninfo\"", "\\endif"] }
  }

  // MARK: Steps

  private mutating func write(_ step: Step) throws(QuotingError) {
    comment("\(step.id) (\(step.finding)): \(step.title)")
    try withInput(of: step, printMissing: true) { script throws(QuotingError) in
      for check in step.preconditions where !check.isAdvice { try script.lines += script.guarded(check) }
      script.lines += ["select (\(step.isDone)) is true as slotscope_done \\gset", "\\if :slotscope_done"]
      script.echo("\(step.slotName): done before: \(step.title)")
      script.lines.append("\\else")
      script.echo("\(step.slotName): \(step.title)")
      try script.lines += script.statement(step)
      script.lines.append("\\endif")
      for check in step.postconditions { try script.lines += script.guarded(check) }
      if let output = step.output {
        script.lines.append("select \(output.expression) as \(output.name) \\gset")
        // A value for a step on another node that this script does not run.
        if !script.steps.contains(where: { $0.input?.name == output.name }) {
          script.lines.append("\\echo \(output.name) = :\(output.name)")
        }
      }
    }
  }

  /// Writes `body` so that it runs only where the step's input is known, and then as a setting.
  private mutating func withInput(
    of step: Step, printMissing: Bool, _ body: (inout PlanScript) throws(QuotingError) -> Void
  ) throws(QuotingError) {
    guard let input = step.input else { return try body(&self) }
    lines += [
      "\\if :{?\(input.name)}",
      "select set_config('slotscope.\(input.name)', :'\(input.name)', false) as slotscope_ignored \\gset",
    ]
    try body(&self)
    if printMissing {
      lines.append("\\else")
      for line in input.missing { echo(line) }
    }
    lines.append("\\endif")
  }

  private func statement(_ step: Step) throws(QuotingError) -> [String] {
    guard let sql = step.sql else { return [] }
    // PL/pgSQL wants `perform` for a query whose result nobody takes.
    let statement = sql.hasPrefix("select ") ? "perform " + sql.dropFirst("select ".count) : sql
    var body = ["", "begin", "  \(statement);"]
    if let message = step.timeoutMessage {
      body += [
        "exception when query_canceled then",
        "  raise exception using errcode = '57014', message = \(try text(message)), detail = sqlerrm;",
      ]
    }
    body += ["end", ""]
    return [
      "set statement_timeout = :'step_timeout';",
      "do \(SQLText.dollarQuoted(body.joined(separator: "\n")));",
      "set statement_timeout = '120s';",
    ]
  }

  // MARK: Checks

  /// A block that raises an error unless the condition holds, or comes to hold in time.
  private func guarded(_ check: PlanCheck) throws(QuotingError) -> [String] {
    let level = check.isAdvice ? "warning" : "exception"
    let word = check.isAdvice ? "advice: there should be:" : "refused: expected"
    var raise = "raise \(level) using errcode = '55000', message = \(try text("\(word) \(check.expects)"))"
    raise += ", detail = 'found: ' || coalesce((\(check.found))::text, 'nothing')"
    if let hint = check.hint { raise += ", hint = \(try text(hint))" }
    var body = [""]
    if check.patience > 0 {
      body += [
        "declare deadline timestamptz := clock_timestamp() + interval '\(check.patience) seconds';",
        "begin",
        "  while (\(check.condition)) is not true loop",
        "    if clock_timestamp() > deadline then",
        "      \(raise);",
        "    end if;",
        "    perform pg_sleep(0.2);",
        "  end loop;",
      ]
    } else {
      body += ["begin", "  if (\(check.condition)) is not true then", "    \(raise);", "  end if;"]
    }
    body += ["end", ""]
    return ["do \(SQLText.dollarQuoted(body.joined(separator: "\n")));"]
  }

  /// Keeps a fact as a setting: what the operator gave, else what the server says, else nothing.
  private func learn(_ fact: ServerFact) -> [String] {
    let body = [
      "", "declare answer text;", "begin", "  begin", "    answer := \(fact.expression);",
      "  exception when others then answer := null;", "  end;",
      "  perform set_config('slotscope.\(fact.name)', coalesce(answer, ''), false);", "end", "",
    ]
    return [
      "\\if :{?\(fact.name)}",
      "select set_config('slotscope.\(fact.name)', :'\(fact.name)', false) as slotscope_ignored \\gset",
      "\\else",
      "do \(SQLText.dollarQuoted(body.joined(separator: "\n")));",
      "\\endif",
    ]
  }

  // MARK: Text

  private mutating func summary() throws(QuotingError) {
    lines += ["", "-- What holds now."]
    lines += try PlanScriptSummary.lines(plan, node: node)
  }

  private mutating func comment(_ text: String) { lines += ["", "-- " + TerminalText.escaped(text)] }

  private mutating func echo(_ text: String) {
    // Without control characters there is no byte that the quoting refuses.
    if let argument = try? PsqlText.argument(TerminalText.escaped(text)) { lines.append("\\echo \(argument)") }
  }

  private func text(_ message: String) throws(QuotingError) -> String {
    try SQLText.literal(TerminalText.escaped(message))
  }

  /// The script's own behaviour, whatever the caller's psql is set to.
  private static let settings = [
    "\\set ON_ERROR_STOP on", "\\encoding UTF8", "\\set QUIET on", "\\set AUTOCOMMIT on", "\\set ON_ERROR_ROLLBACK off",
    "\\set FETCH_COUNT 0", "\\set SHOW_CONTEXT never", "\\pset pager off", "",
    "\\if :{?dry_run}", "\\else", "\\set dry_run off", "\\endif",
    "select (:'dry_run')::boolean as slotscope_dry_run \\gset",
    "\\if :{?step_timeout}", "\\else", "\\set step_timeout 60s", "\\endif",
  ]

  private static let connectionVariables = [
    "\\if :{?primary_conninfo}",
    "\\if :{?standby_conninfo}", "\\set slotscope_with_primary on", "\\else",
    "do $slotscope$ begin raise exception using errcode = '55000',"
      + " message = 'refused: primary_conninfo is given without standby_conninfo'; end $slotscope$;",
    "\\endif",
    "\\else", "\\set slotscope_with_primary off", "\\endif",
  ]

  /// What every new session needs again.
  private static let sessionSettings = [
    "\\encoding UTF8", "set search_path = pg_catalog, pg_temp;", "set standard_conforming_strings = on;",
    "set client_min_messages = notice;", "set default_transaction_isolation = 'read committed';",
    "set lock_timeout = 0;", "set statement_timeout = '120s';",
  ]
}
