package import SlotSafety

/// A plan as a script for psql, for the steps of one server in one stage.
///
/// First all checks of all steps, then the changes, each with its checks again, then a summary. A refusal is an SQL error,
/// so that psql ends with status 3; conditions are asked so that what cannot be told refuses as well.
package struct PlanScript {
  private let plan: Plan
  private let part: PlanPart
  private let server: PlannedServer
  private var lines: [String] = []

  /// The text of the script; nil where the plan has no such part.
  package static func text(_ plan: Plan, for part: PlanPart) throws(QuotingError) -> String? {
    guard let server = plan.server(part.node, member: part.member), plan.parts.contains(part) else { return nil }
    var script = PlanScript(plan: plan, part: part, server: server)
    try script.write()
    return script.lines.joined(separator: "\n") + "\n"
  }

  private init(plan: Plan, part: PlanPart, server: PlannedServer) {
    (self.plan, self.part, self.server) = (plan, part, server)
  }

  private mutating func write() throws(QuotingError) {
    lines += PlanScriptHeader.lines(plan, part, server, alsoOnPrimary: alsoOnPrimary)
    lines += try PlanScriptSession.settings()
    if alsoOnPrimary { lines += PlanScriptSession.connectionVariables }
    try requireInputs()
    comment("Part 1: checks. Nothing is changed before all of them hold.")
    // On the connection as it was given: a wrong server may not even have the databases of the steps.
    lines += try PlanScriptSession.begin + PlanScriptChecks.run(server.checks)
    for group in groups {
      try begin(group)
      for step in group.steps where !(step.preconditions + step.prospects).isEmpty {
        comment(step.id)
        lines += try PlanScriptChecks.run(step.prospects)
        try withInputs(of: step, printMissing: false) { script throws(QuotingError) in
          try script.lines += PlanScriptChecks.run(step.preconditions)
        }
      }
      try end(group)
    }
    lines += [
      "", "\\echo 'all checks passed'", "\\if :is_dry_run", "\\echo 'dry run: nothing was changed'", "\\else",
    ]
    comment("Part 2: changes. The checks of each step run once more right before it.")
    for group in groups {
      try begin(group)
      for step in group.steps { try write(step) }
      try end(group)
    }
    lines += ["\\endif", "", "-- What holds now."]
    lines += try PlanScriptSummary.lines(plan, part)
    if part.node == .standby, let kept = KeptSlotsScript.text(plan) { lines += ["", kept] }
  }

  // MARK: Sessions

  /// The primary's steps are part of the standby's script, for those who give it both connections.
  private var alsoOnPrimary: Bool {
    part == PlanPart(.standby, .beforePromotion)
      && plan.steps.contains { $0.node == .primary && $0.stage != .afterPromotion }
  }

  private var steps: [Step] {
    plan.steps.filter { $0.part == part || alsoOnPrimary && $0.node == .primary && $0.stage != .afterPromotion }
  }

  /// Those that the script talks to.
  private var servers: [PlannedServer] {
    var servers = [server]
    for group in groups where !servers.contains(group.server) { servers.append(group.server) }
    return servers
  }

  /// Steps in a row that share a session.
  private struct Group {
    var server: PlannedServer
    var database: String
    var isReplication: Bool
    var steps: [Step]
  }

  private var groups: [Group] {
    var groups: [Group] = []
    for step in steps {
      guard let server = plan.server(step.node, member: step.part.member) else { continue }
      let isReplication = step.execution == .replication
      if let last = groups.last, last.server == server, last.database == step.database,
        last.isReplication == isReplication
      {
        groups[groups.count - 1].steps.append(step)
      } else {
        groups.append(
          Group(server: server, database: step.database, isReplication: isReplication, steps: [step]))
      }
    }
    return groups
  }

  /// Connects to the group's database, and makes sure that it is the server that is meant.
  private mutating func begin(_ group: Group) throws(QuotingError) {
    lines.append("")
    if group.server.node != part.node {
      lines += ["\\if :with_primary", "\\connect -reuse-previous=on :\"primary_conninfo\""]
    }
    lines += try PsqlText.connect(database: group.database, replication: group.isReplication ? .database : nil)
    lines += try PlanScriptSession.begin + PlanScriptChecks.run(group.server.checks)
    for fact in group.server.facts where fact.isShown || group.steps.contains(where: { $0.asks(fact) }) {
      lines += PlanScriptChecks.learn(fact)
    }
  }

  private mutating func end(_ group: Group) throws(QuotingError) {
    if group.isReplication { lines += try PsqlText.connect(database: group.database, replication: .off) }
    if group.server.node != part.node { lines += ["\\connect -reuse-previous=on :\"standby_conninfo\"", "\\endif"] }
  }

  // MARK: Steps

  private mutating func write(_ step: Step) throws(QuotingError) {
    comment("\(step.id) (\(step.finding)): \(step.title)")
    let title = step.slotName.map { "\($0): \(step.title)" } ?? step.title
    try withInputs(of: step, printMissing: true) { script throws(QuotingError) in
      try script.lines += PlanScriptChecks.run((step.preconditions + step.requirements).filter { !$0.isAdvice })
      let answers = PlanScriptSession.answers
      script.lines += ["select (\(step.isDone)) is true as done \\gset \(answers)", "\\if :\(answers)done"]
      script.echo("done before: " + title)
      script.lines.append("\\else")
      script.echo(title)
      try script.lines += PlanScriptChecks.statement(step)
      script.lines.append("\\endif")
      try script.lines += PlanScriptChecks.run(step.postconditions)
      if let output = step.output { script.tell(output) }
    }
  }

  /// Refuses before anything else where the script has not been told what it cannot do without.
  private mutating func requireInputs() throws(QuotingError) {
    var seen: Set<String> = []
    for input in steps.flatMap(\.inputs) where input.isRequired && seen.insert(input.name).inserted {
      lines += ["\\if :{?\(input.name)}", "\\else"]
      lines += try PlanScriptChecks.refusal("refused: run this script with \(input.missing.joined(separator: " "))")
      lines += ["\\endif"]
    }
  }

  /// Writes `body` so that it runs only where the step's inputs are known, and then as settings.
  private mutating func withInputs(
    of step: Step, printMissing: Bool, _ body: (inout PlanScript) throws(QuotingError) -> Void
  ) throws(QuotingError) {
    for input in step.inputs {
      lines += ["\\if :{?\(input.name)}", PlanScriptChecks.input(input.name)]
    }
    try body(&self)
    for input in step.inputs.reversed() {
      if printMissing && !input.isRequired {
        lines.append("\\else")
        for line in input.missing { echo(line) }
      }
      lines.append("\\endif")
    }
  }

  /// Keeps what a step yields as the variable of that name, as if it had been given with -v.
  ///
  /// A value for a step of another script is printed as a table, in which psql shows control characters as escapes.
  private mutating func tell(_ output: StepOutput) {
    let value = PlanScriptSession.answers + "value"
    lines += [
      "select \(output.expression) as value \\gset \(PlanScriptSession.answers)",
      "\\if :{?\(value)}", "\\set \(output.name) :\(value)", "\\endif",
    ]
    func takes(_ step: Step) -> Bool { step.inputs.contains { $0.name == output.name } }
    if plan.steps.contains(where: takes), !steps.contains(where: takes) {
      lines.append("select '-v \(output.name)=' || (\(output.expression)) as \"for the other server's script\";")
    }
  }

  // MARK: Text

  private mutating func comment(_ text: String) { lines += ["", "-- " + TerminalText.escaped(text)] }

  private mutating func echo(_ text: String) {
    // Without control characters there is no byte that the quoting refuses.
    if let argument = try? PsqlText.argument(TerminalText.escaped(text)) { lines.append("\\echo \(argument)") }
  }
}

extension Step {
  /// Whether anything in the step asks for a fact about its server.
  fileprivate func asks(_ fact: ServerFact) -> Bool {
    let setting = "'slotscope.\(fact.name)'"
    let checks = preconditions + prospects + requirements + postconditions + (proof.map { [$0] } ?? [])
    return ([isDone, sql ?? ""] + checks.flatMap { [$0.condition, $0.found] }).contains { $0.contains(setting) }
  }
}
