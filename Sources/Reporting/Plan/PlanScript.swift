import PostgresFormat
package import SlotSafety

/// A plan as a script for psql, for the steps of one server in one stage.
///
/// First all checks of all steps, then the changes, each with the checks again that may have changed their answer, then a table.
/// A refusal is an SQL error, so that psql ends with status 3.
///
/// A server's answer is never trusted: what it says is kept in psql only by `\gset` with a prefix that no other variable begins
/// with, and goes on only as a quoted value.
package struct PlanScript {
  private let plan: Plan
  private let part: PlanPart
  private let server: PlannedServer
  private let visits: [PlanScriptVisit]
  private var lines: [String] = []
  /// Where the lines so far have led to: the connection, and the time limit of its statements.
  private var place = Place()

  private struct Place {
    var server: PlannedServer?
    var database: String?
    /// The next block has to make sure that it is the same server.
    var isNew = false
    /// Nothing has happened since all checks of this server.
    var isChecked = false
    var limit = PlanScriptSettings.Limit.none
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
    visits = PlanScriptVisit.visits(plan, plan.steps.filter { $0.part == part || Self.isElsewhere($0, part) })
  }

  /// The primary's steps are part of the standby's script, for those who give it both connections.
  private static func isElsewhere(_ step: Step, _ part: PlanPart) -> Bool {
    part == PlanPart(.standby, .beforePromotion) && step.node == .primary && step.stage != .afterPromotion
  }

  private mutating func write() throws(QuotingError) {
    lines += PlanScriptHeader.lines(plan, part, server, alsoOnPrimary: alsoOnPrimary)
    lines += [""] + PlanScriptSettings.start
    for input in inputs { lines.append("\\if :{?\(input.name)} \\else \\set \(input.name) '' \\endif") }
    for fact in server.facts {
      lines.append(
        "\\if :{?\(fact.name)} \\set told_\(fact.name) :\(fact.name) \\else \\set told_\(fact.name) '' \\endif")
    }
    for output in answers { lines.append("\\set told_\(output.name) ''") }
    for list in lists {
      lines +=
        ["", "-- \(PlanScriptHeader.about(list))"]
        + (try list.lines(told: told.filter { !isAsked($0) }))
    }
    lines += ["-- What every session is set to; each change has a time limit of its own."]
    lines += PlanScriptSettings.lines(lists.map(\.name), alsoOnPrimary)
    lines += ["", "-- Part 1: checks. Nothing is changed before all of them hold."]
    // On the connection as it was given: a wrong server may not even have the databases of the steps.
    if alsoOnPrimary { lines.append("\\if :{?primary_conninfo} \(Self.reconnect("standby_conninfo")) \\endif") }
    try checkAll(on: server)
    if let primary = visits.first(where: { $0.server != server })?.server {
      for output in answers {
        let sql = naming(output.names) { output.expression.naming(output.names, $0) } ?? output.expression
        lines += PlanScriptText.lines("select \(sql) as \(output.name) \\gset told_", indent: 0)
      }
      for run in runs where run.step.isNudge { askWhetherSpared(run.step) }
      lines.append("\\if :{?primary_conninfo} \(Self.reconnect("primary_conninfo"))")
      try checkAll(on: primary)
      for run in runs where run.step.isNudge { try nudge(run) }
      lines += [Self.reconnect("standby_conninfo"), "\\endif"]
      place = Place()
    }
    lines += ["\\echo 'all checks passed'", "\\if :is_dry_run \\echo 'dry run: nothing was changed' \\else"]
    lines += ["", "-- Part 2: changes."]
    for visit in visits { try change(visit) }
    lines += ["\\endif", "", "-- What holds now."]
    let isTold = part.node == .newPrimary && told.contains(.position)
    if place.server == nil || isTold { begin(telling: isTold ? [.position] : []) }
    lines += try PlanScriptSummary.lines(plan, part, runs)
    if part.node == .standby, let kept = KeptSlotsScript.text(plan) { lines += ["", kept] }
  }

  // MARK: What it is about

  private var runs: [PlanScriptRun] { visits.flatMap(\.runs) }
  private var alsoOnPrimary: Bool { visits.contains { $0.server != server } }
  private var lists: [PlanScriptList] {
    var lists: [PlanScriptList] = []
    for list in runs.compactMap(\.list) where !lists.contains(list) { lists.append(list) }
    return lists
  }
  /// What an operator or an earlier step tells of each slot.
  private var told: [SlotColumn] {
    var columns = Set(runs.compactMap(\.told))
    if part.node == .newPrimary, plan.slots.contains(where: { $0.approach != .slotsOnNewPrimary }) {
      columns.insert(.position)
    }
    return columns.sorted { $0.rawValue < $1.rawValue }
  }
  /// The script itself asks a server for it before anything needs it.
  private func isAsked(_ column: SlotColumn) -> Bool { column == .start && alsoOnPrimary }
  /// What this server is asked of all slots together, for the checks of the other.
  private var answers: [StepOutput] {
    alsoOnPrimary ? runs.flatMap(\.steps).compactMap(\.output).filter { !$0.names.isEmpty } : []
  }
  /// What the script cannot do without.
  private var inputs: [StepInput] {
    var inputs: [StepInput] = []
    for input in runs.flatMap({ $0.steps.flatMap(\.inputs) }) where input.isRequired && !inputs.contains(input) {
      inputs.append(input)
    }
    return inputs
  }

  // MARK: Connections

  private static func reconnect(_ variable: String) -> String {
    "\\connect -reuse-previous=on :\"\(variable)\" \\encoding UTF8"
  }

  /// What every session begins with: psql's variables as settings.
  private mutating func begin(
    _ limit: PlanScriptSettings.Limit = .none, telling columns: [SlotColumn] = []
  ) {
    let values =
      inputs.map { "set slotscope.\($0.name) = :'\($0.name)';" }
      + (columns.map(\.rawValue) + server.facts.map(\.name) + answers.map(\.name)).map {
        "set slotscope.\($0) = :'told_\($0)';"
      }
      + (limit == .none ? [] : [limit.sql])
    lines.append(PlanScriptSettings.session)
    if !values.isEmpty { lines.append(values.joined(separator: " ")) }
    place.limit = limit
  }

  /// A time limit for what follows.
  private mutating func limit(_ limit: PlanScriptSettings.Limit) {
    if place.limit != limit { lines.append(limit.sql) }
    place.limit = limit
  }

  private mutating func go(to visit: PlanScriptVisit) throws(QuotingError) {
    let isElsewhere = visit.server != server
    if isElsewhere, let step = visit.runs.first?.step, step.isSpared != nil {
      if place.server == nil { begin() }
      askWhetherSpared(step)
      lines.append("\\if :answer_done \\else")
    }
    if isElsewhere { lines.append("\\if :{?primary_conninfo} \(Self.reconnect("primary_conninfo"))") }
    let isThere =
      !isElsewhere && place.server == visit.server && !visit.isReplication
      && (visit.database == nil || visit.database?.oid == place.database)
    if isThere { return }
    if visit.isReplication {
      lines.append("\\connect -reuse-previous=on replication=database \\encoding UTF8")
    } else if let database = visit.database {
      lines.append(try PsqlText.connect(database: database.name))
    }
    begin(
      visit.runs.first?.limit ?? .none,
      telling: told.filter { visit.runs.compactMap(\.told).contains($0) })
    (place.server, place.database, place.isNew, place.isChecked) = (
      visit.server, visit.database?.oid, true, false
    )
  }

  /// Asks this server whether the other one's step is needed.
  private mutating func askWhetherSpared(_ step: Step) {
    guard let isSpared = step.isSpared else { return }
    let sql = naming(isSpared.names) { isSpared.expression.naming(isSpared.names, $0) } ?? isSpared.expression
    lines += PlanScriptText.lines("select (\(sql)) is true as done \\gset answer_", indent: 0)
  }

  private mutating func leave(_ visit: PlanScriptVisit) {
    if visit.isReplication { lines.append("\\connect -reuse-previous=on replication=false \\encoding UTF8") }
    if visit.server != server { lines += [Self.reconnect("standby_conninfo"), "\\endif"] }
    if visit.server != server, visit.isSpared != nil { lines.append("\\endif") }
    if visit.isReplication || visit.server != server { place = Place() }
  }

  // MARK: Checks

  private mutating func checkAll(on server: PlannedServer) throws(QuotingError) {
    let needed = visits.filter { $0.server == server }.flatMap(\.runs).compactMap(\.told)
    begin(telling: told.filter { needed.contains($0) && !isAsked($0) })
    var block = PlanScriptBlock()
    for input in inputs {
      let missing = try SQLText.literal(
        "refused: run this script with \(TerminalText.ascii(input.missing.joined(separator: " ")))")
      block.assert("current_setting('slotscope.\(input.name)') <> ''", missing)
    }
    try block.check(Array(server.checks.prefix(1)))
    for fact in server.facts { block.learn(fact) }
    let runs = visits.filter { $0.server == server }.flatMap(\.runs)
    var asked = Array(server.checks.dropFirst())
    for check in runs.flatMap({ $0.common { $0.prospects + $0.preconditions } })
    where !asked.contains(check) {
      asked.append(check)
    }
    var ofSlots: [PlanScriptBlock.SlotChecks] = []
    for list in lists {
      for (filter, checks) in PlanScriptRun.checks(of: runs.filter { $0.list == list }, list) {
        var told: Set<SlotColumn> = []
        let checks = checks.map { check, column in
          guard let column, check.condition.inLoop.contains("slot.\(column.rawValue)") else { return check }
          told.insert(column)
          return check.unlessUntold(column)
        }
        ofSlots.append(
          PlanScriptBlock.SlotChecks(
            list: list, filter: filter, told: told.sorted { $0.rawValue < $1.rawValue },
            checks: checks))
      }
    }
    try block.table(asked.map(withLists), ofSlots)
    lines += block.text
    for fact in server.facts {
      lines.append("select current_setting('slotscope.\(fact.name)') as \(fact.name) \\gset told_")
    }
    (place.server, place.isChecked) = (server, server == self.server)
  }

  /// The names of many slots are those of the lists that the script has anyway.
  private func withLists(_ check: PlanCheck) -> PlanCheck { naming(check.names, check.naming) ?? check }

  private func naming<Text>(_ names: [SlotName], _ make: (String) -> Text) -> Text? {
    guard names.count > 3 else { return nil }
    let wanted = Set(names)
    for list in lists {
      let rows = list.rows.filter { wanted.contains($0.slotName) }
      if rows.count == wanted.count, let filter = list.filter(for: rows) { return make(list.names(filter)) }
    }
    let used = lists.filter { list in list.rows.contains { wanted.contains($0.slotName) } }
    guard Set(used.flatMap(\.rows).map(\.slotName)) == wanted else { return nil }
    return make(used.map { $0.names() }.joined(separator: " union "))
  }

  // MARK: Changes

  /// Where no dry run is asked for.
  private mutating func nudge(_ run: PlanScriptRun) throws(QuotingError) {
    guard let sql = run.step.sql else { return }
    var block = PlanScriptBlock()
    try block.change(run.step, sql)
    try block.check(run.step.postconditions)
    let condition = "\\if :is_dry_run " + (run.step.isSpared == nil ? "" : "\\elif :answer_done ")
    lines += ["\(condition)\\else \(Self.echo(run))"] + block.text + ["\\endif"]
  }

  private mutating func change(_ visit: PlanScriptVisit) throws(QuotingError) {
    var visit = visit
    if visit.server != server { visit.runs.removeAll(where: \.step.isNudge) }
    if visit.runs.isEmpty { return }
    try go(to: visit)
    for run in visit.runs { try change(run, visit) }
    leave(visit)
  }

  private mutating func change(_ run: PlanScriptRun, _ visit: PlanScriptVisit) throws(QuotingError) {
    let step = run.step
    let isInBlock = step.execution == .block
    lines.append(Self.echo(run))
    limit(run.limit)
    var block = PlanScriptBlock()
    if place.isNew { block.makeSure(of: visit) }
    place.isNew = false
    let isChecked = place.isChecked
    place.isChecked = false
    let again: (Step) -> [PlanCheck] = { step in
      ((isChecked ? [] : step.preconditions) + step.requirements).filter { !$0.isAskedOnce && !$0.isAdvice }
    }
    try block.check(run.common(again).map(\.brief))
    func each(_ block: inout PlanScriptBlock, _ body: (inout PlanScriptBlock) throws(QuotingError) -> Void)
      throws(QuotingError)
    {
      guard let list = run.list else { return try body(&block) }
      try block.forEach(list, run.filter, run.told.map { [$0] } ?? []) { block throws(QuotingError) in
        if let column = run.told { block.skip(unless: column) }
        try body(&block)
      }
    }
    let before = run.specific(again).map(\.brief)
    // What the steps of several databases have come to is asked once, after the last.
    let after = run.isLastOfKind ? run.specific(\.postconditions) : []
    let isWhole = step.databaseOID == nil || step.sql == nil || run.isOnlyOfKind
    if step.sql == nil, before.isEmpty, let list = run.list {
      // Only a wait.
      let told = run.told.map { [$0] } ?? []
      let checks = after.map { check in run.told.map(check.unlessUntold) ?? check }
      try block.table(
        run.common(\.postconditions),
        checks.isEmpty
          ? []
          : [
            PlanScriptBlock.SlotChecks(
              list: list, filter: run.filterOfAll, told: told, checks: checks)
          ])
      if !block.isEmpty { lines += block.text }
    } else if isInBlock {
      let common = run.common(\.postconditions)
      if step.sql != nil || !(before + after).isEmpty {
        try each(&block) { block throws(QuotingError) in
          try block.check(before)
          if let sql = step.sql { try block.change(step, sql) }
          if isWhole { try block.check(after) }
        }
      }
      if !isWhole, !after.isEmpty, let list = run.list {
        try block.forEach(list, run.filterOfAll, run.told.map { [$0] } ?? []) { block throws(QuotingError) in
          if let column = run.told { block.skip(unless: column) }
          try block.check(after)
        }
      }
      try block.check(common)
      if run.limit != .none, step.row != nil { try block.explainLimits(step) }
      if !block.isEmpty { lines += block.text }
    } else {
      if !before.isEmpty { try each(&block) { block throws(QuotingError) in try block.check(before) } }
      if !block.isEmpty { lines += block.text }
      for step in run.steps { try statement(step) }
      var block = PlanScriptBlock()
      try block.check(run.common(\.postconditions))
      if !after.isEmpty { try each(&block) { block throws(QuotingError) in try block.check(after) } }
      if !block.isEmpty { lines += block.text }
    }
    for step in run.steps.suffix(1) { tell(step, run) }
  }

  /// A statement that stands by itself.
  private mutating func statement(_ step: Step) throws(QuotingError) {
    guard let sql = step.sql else { return }
    var (question, text): (SQL, String) = ("(\(step.isDone)) is true as done", sql.description)
    switch step.value {
    case .answer(let value):
      question = "\(question), \(value) as value"
      text += " :'answer_value'"
    case .input(let name): text += " :'\(name)'"
    case nil: break
    }
    text += step.reloads ? "; select pg_reload_conf(), pg_sleep(2) \\gset ignored_" : ";"
    lines += PlanScriptText.lines("select \(question) \\gset answer_", indent: 0)
    let name = try PsqlText.argument(step.row?.slotName.description ?? step.id)
    let otherwise = "\\if :answer_done \\echo 'done before:' \(name) \\else"
    lines += step.row == nil ? [otherwise, text, "\\endif"] : ["\(otherwise) \\echo \(name) \\\\ \(text) \\endif"]
  }

  /// Keeps what a step yields, for a later one: on another server, as a quoted value. What the script has no step for is printed
  /// as a table, in which psql shows control characters as escapes.
  private mutating func tell(_ step: Step, _ run: PlanScriptRun) {
    guard let output = step.output, let list = run.list, run.isLastOfKind,
      let column = SlotColumn(rawValue: String(output.name.prefix { $0 != "_" }))
    else { return }
    let value = "confirmed_flush_lsn"
    if told.contains(column) {
      lines.append(
        "select json_object_agg(slot_name, \(value)) as \(column.rawValue) from pg_replication_slots \\gset told_")
    } else if plan.steps.contains(where: { $0.inputs.contains { $0.name == output.name } }) {
      lines += PlanScriptText.lines(
        "select '-v \(column.rawValue)_' || slot_name || '=' || \(value) as \"for the other server's script\" from"
          + " pg_replication_slots where slot_name in (select slot_name \(list.query()[1]));", indent: 0)
    }
  }

  /// What comes now, with the finding that asks for it.
  private static func echo(_ run: PlanScriptRun) -> String {
    let step = run.step
    let id = run.list == nil ? step.id : String(step.id.prefix { $0 != "." })
    // Without control characters there is no byte that the quoting refuses.
    return "\\echo "
      + ((try? PsqlText.argument(TerminalText.escaped("\(id) (\(step.finding)): \(step.title)"))) ?? "''")
  }
}
