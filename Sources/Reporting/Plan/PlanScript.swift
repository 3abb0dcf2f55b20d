package import SlotSafety

/// A plan as a script for psql, for the steps of one server in one stage.
///
/// First all checks of all steps, then the changes, each with its checks again, then a summary. A refusal is an SQL error,
/// so that psql ends with status 3; conditions are asked so that what cannot be told refuses as well.
package struct PlanScript {
  private let plan: Plan
  private let part: PlanPart
  private let server: PlannedServer
  private let groups: [PlanScriptGroup]
  private var lines: [String] = []
  /// Servers that were checked whole.
  private var known: [PlannedServer] = []
  /// What part 1 has asked of a server already.
  private var asked: Set<AskedCheck> = []

  private struct AskedCheck: Hashable {
    var node: PlanNode
    var member: Int
    var check: PlanCheck
  }

  /// The text of the script; nil where the plan has no such part.
  package static func text(_ plan: Plan, for part: PlanPart) throws(QuotingError) -> String? {
    guard let server = plan.server(part.node, member: part.member), plan.parts.contains(part) else { return nil }
    var script = PlanScript(plan: plan, part: part, server: server)
    try script.write()
    return script.lines.joined(separator: "\n") + "\n"
  }

  private init(plan: Plan, part: PlanPart, server: PlannedServer) {
    (self.plan, self.part, self.server) = (plan, part, server)
    groups = PlanScriptGroup.groups(plan, PlanScript.steps(plan, part))
  }

  private mutating func write() throws(QuotingError) {
    let listed = Set(groups.flatMap(\.runs).filter { $0.list != nil }.flatMap(\.slots).map(\.name))
    lines += PlanScriptHeader.lines(plan, part, server, alsoOnPrimary: alsoOnPrimary, listed: listed)
    lines += try PlanScriptSession.settings()
    if alsoOnPrimary { lines += PlanScriptSession.connectionVariables }
    try requireInputs()
    try writeLists()
    comment("Part 1: checks. Nothing is changed before all of them hold.")
    // On the connection as it was given: a wrong server may not even have the databases of the steps.
    lines += PlanScriptSession.begin
    try makeSure(of: server)
    for group in groups {
      if group.runs.allSatisfy({ $0.steps.allSatisfy { ($0.preconditions + $0.prospects).isEmpty } }) { continue }
      try begin(group)
      for run in group.runs { try check(run, group.server) }
      try end(group)
    }
    lines += [
      "", "\\echo 'all checks passed'", "\\if :is_dry_run", "\\echo 'dry run: nothing was changed'", "\\else",
    ]
    comment("Part 2: changes. The checks of each step run once more right before it.")
    for group in groups {
      try begin(group)
      for run in group.runs { try write(run) }
      try end(group)
    }
    lines += ["\\endif", "", "-- What holds now."]
    lines += try PlanScriptSummary.lines(plan, part)
    if part.node == .standby, let kept = KeptSlotsScript.text(plan) { lines += ["", kept] }
  }

  // MARK: Sessions

  /// The primary's steps are part of the standby's script, for those who give it both connections.
  private static func alsoOnPrimary(_ plan: Plan, _ part: PlanPart) -> Bool {
    part == PlanPart(.standby, .beforePromotion)
      && plan.steps.contains { $0.node == .primary && $0.stage != .afterPromotion }
  }

  private static func steps(_ plan: Plan, _ part: PlanPart) -> [Step] {
    let both = alsoOnPrimary(plan, part)
    return plan.steps.filter { $0.part == part || both && $0.node == .primary && $0.stage != .afterPromotion }
  }

  private var alsoOnPrimary: Bool { Self.alsoOnPrimary(plan, part) }
  private var steps: [Step] { groups.flatMap(\.runs).flatMap(\.steps) }

  /// All checks of a server where a script first talks to it; later that it is the same one.
  private mutating func makeSure(of server: PlannedServer) throws(QuotingError) {
    if known.contains(server) {
      lines += PlanScriptChecks.same(server)
    } else {
      known.append(server)
      comment("Is this the right server?")
      lines += try PlanScriptChecks.run(server.checks)
    }
  }

  /// Connects to the group's database, and makes sure that it is the server that is meant.
  private mutating func begin(_ group: PlanScriptGroup) throws(QuotingError) {
    lines.append("")
    if group.server.node != part.node {
      lines += ["\\if :with_primary", "\\connect -reuse-previous=on :\"primary_conninfo\""]
    }
    lines += try PsqlText.connect(database: group.database, replication: group.isReplication ? .database : nil)
    lines += PlanScriptSession.begin
    try makeSure(of: group.server)
    for fact in group.server.facts
    where fact.isShown || group.runs.contains(where: { $0.steps.contains { $0.asks(fact) } }) {
      lines += PlanScriptChecks.learn(fact)
    }
  }

  private mutating func end(_ group: PlanScriptGroup) throws(QuotingError) {
    if group.isReplication { lines += try PsqlText.connect(database: group.database, replication: .off) }
    if group.server.node != part.node { lines += ["\\connect -reuse-previous=on :\"standby_conninfo\"", "\\endif"] }
  }

  // MARK: Steps

  /// What part 1 asks for a step, as far as nothing before has asked the same.
  private mutating func check(_ run: PlanScriptRun, _ server: PlannedServer) throws(QuotingError) {
    let step = run.step
    let common = run.common.map { $0.prospects + $0.preconditions } ?? []
    let specific = step.prospects + step.preconditions
    if (common + specific).isEmpty { return }
    comment(SlotTemplate.words(step.id))
    func isNew(_ check: PlanCheck) -> Bool {
      asked.insert(AskedCheck(node: server.node, member: server.member, check: check)).inserted
    }
    if let list = run.list {
      lines += try PlanScriptChecks.run(common.filter(isNew))
      if specific.isEmpty { return }
      lines.append(PlanScriptChecks.setting("slots", list))
      lines += try PlanScriptChecks.runForEach(specific)
    } else if step.inputs.isEmpty {
      lines += try PlanScriptChecks.run(specific.filter(isNew))
    } else {
      lines += try PlanScriptChecks.run(step.prospects.filter(isNew))
      try withInputs(of: step, printMissing: false) { script throws(QuotingError) in
        try script.lines += PlanScriptChecks.run(step.preconditions)
      }
    }
    // What another server's checks ask about is told before anything is changed, too.
    if let output = step.output, plan.servers.contains(where: { $0.facts.contains { $0.name == output.name } }) {
      tell(output)
    }
  }

  private mutating func write(_ run: PlanScriptRun) throws(QuotingError) {
    // A replication command cannot stand in a loop.
    guard let list = run.list, run.step.execution == .block else {
      for step in run.steps { try write(step) }
      return
    }
    let title = SlotTemplate.words(run.step.title)
    comment("\(run.step.id) (\(run.step.finding)): \(title)")
    echo("\(run.steps.count) slots: \(title)")
    lines.append(PlanScriptChecks.setting("slots", list))
    let common = run.common.map { $0.preconditions + $0.requirements } ?? []
    lines += try PlanScriptChecks.forEach(run.step, common: common)
  }

  private mutating func write(_ step: Step) throws(QuotingError) {
    comment("\(step.id) (\(step.finding)): \(step.title)")
    let title = step.slotName.map { "\($0): \(step.title)" } ?? step.title
    try withInputs(of: step, printMissing: true) { script throws(QuotingError) in
      try script.lines += PlanScriptChecks.run((step.preconditions + step.requirements).filter { !$0.isAdvice })
      if step.isOnlyChecked {
        script.echo(title)
      } else {
        let answers = PlanScriptSession.answers
        script.lines += [
          "select (\(step.isDone)) is true as done \\gset \(answers)",
          "\\if :\(answers)done \(Self.echo("done before: " + title)) \\else \(Self.echo(title))",
        ]
        try script.lines += PlanScriptChecks.statement(step)
        script.lines.append("\\endif")
      }
      try script.lines += PlanScriptChecks.run(step.postconditions)
      if let output = step.output { script.tell(output) }
    }
  }

  /// The slots of the loops, a line each.
  private mutating func writeLists() throws(QuotingError) {
    var written: Set<String> = []
    for group in groups {
      for run in group.runs {
        guard let list = run.list, written.insert(list).inserted else { continue }
        comment(
          "\(list): in database \(group.database); with the position that the consumer had confirmed on the primary at least"
        )
        for (number, slot) in run.slots.enumerated() {
          let row = try PsqlText.argument(SlotTemplate.row(slot) + (number + 1 < run.slots.count ? ", " : "]"))
          lines.append("\\set \(list) \(number == 0 ? "[" : ":\(list)") \(row)")
        }
      }
    }
  }

  /// Refuses before anything else where the script has not been told what it cannot do without.
  private mutating func requireInputs() throws(QuotingError) {
    var seen: Set<String> = []
    for input in steps.flatMap(\.inputs) where input.isRequired && seen.insert(input.name).inserted {
      lines += ["\\if :{?\(input.name)} \\else"]
      lines += try PlanScriptChecks.refusal("refused: run this script with \(input.missing.joined(separator: " "))")
      lines += ["\\endif"]
    }
  }

  /// Writes `body` so that it runs only where the step's inputs are known, and then as settings.
  private mutating func withInputs(
    of step: Step, printMissing: Bool, _ body: (inout PlanScript) throws(QuotingError) -> Void
  ) throws(QuotingError) {
    for input in step.inputs {
      lines += ["\\if :{?\(input.name)}", PlanScriptChecks.setting(input.name, input.name)]
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
      "\\if :{?\(value)} \\set \(output.name) :\(value) \\endif",
    ]
    func takes(_ step: Step) -> Bool { step.inputs.contains { $0.name == output.name } }
    if plan.steps.contains(where: takes), !steps.contains(where: takes) {
      lines.append(
        "select '-v \(output.name)=' || (\(output.expression)) as \"for the other server's script\";")
    }
  }

  // MARK: Text

  private mutating func comment(_ text: String) { lines += ["", "-- " + TerminalText.escaped(text)] }

  private mutating func echo(_ text: String) { lines.append(Self.echo(text)) }

  private static func echo(_ text: String) -> String {
    // Without control characters there is no byte that the quoting refuses.
    "\\echo " + ((try? PsqlText.argument(TerminalText.escaped(text))) ?? "''")
  }
}

extension Step {
  /// Nothing is done or waited for: what it asserts holds or does not.
  fileprivate var isOnlyChecked: Bool { sql == nil && isDone == "true" }

  /// Whether anything in the step asks for a fact about its server.
  fileprivate func asks(_ fact: ServerFact) -> Bool {
    let setting = "'slotscope.\(fact.name)'"
    let checks = preconditions + prospects + requirements + postconditions + (proof.map { [$0] } ?? [])
    return ([isDone, sql ?? ""] + checks.flatMap { [$0.condition, $0.found] }).contains { $0.contains(setting) }
  }
}
