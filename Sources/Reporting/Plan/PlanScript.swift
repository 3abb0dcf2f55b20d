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
  let plan: Plan
  private let part: PlanPart
  let server: PlannedServer
  /// The standby's script that does the primary's steps as well, in time.
  private let isForBoth: Bool
  private let visits: [PlanScriptVisit]
  var lines: [String] = []
  /// Where the lines so far have led to: the connection, and the time limit of its statements.
  var place = Place()

  struct Place {
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
    try text(plan, part, forBoth: false)
  }

  /// One script for the standby and its primary, which goes to and fro between the two; nil where the primary has no steps before
  /// the promotion, or the standby none.
  package static func textForBoth(_ plan: Plan) throws(QuotingError) -> String? {
    plan.hasScriptForBoth ? try text(plan, Plan.standbyPart, forBoth: true) : nil
  }

  private static func text(_ plan: Plan, _ part: PlanPart, forBoth: Bool) throws(QuotingError) -> String? {
    guard let server = plan.server(part.node, member: part.member), plan.parts.contains(part) else { return nil }
    var script = PlanScript(plan: plan, part: part, server: server, isForBoth: forBoth)
    try script.write()
    return script.lines.joined(separator: "\n") + "\n"
  }

  private init(plan: Plan, part: PlanPart, server: PlannedServer, isForBoth: Bool) {
    (self.plan, self.part, self.server, self.isForBoth) = (plan, part, server, isForBoth)
    visits = PlanScriptVisit.visits(
      plan, plan.steps.filter { $0.part == part || isForBoth && Plan.isOnPrimaryBefore($0) })
  }

  private mutating func write() throws(QuotingError) {
    try writeSteps()
    let steps = lines
    let columns = PlanScriptList.columns(usedBy: steps)
    lines = PlanScriptHeader.lines(plan, part, server, isForBoth: isForBoth)
    lines += [""] + PlanScriptSettings.start
    if isForBoth { lines.append("\\if :{?standby_conninfo} \\else \\unset primary_conninfo \\endif") }
    for input in inputs { lines.append("\\if :{?\(input.name)} \\else \\set \(input.name) '' \\endif") }
    for fact in server.facts {
      lines.append(
        "\\if :{?\(fact.name)} \\set told_\(fact.name) :\(fact.name) \\else \\set told_\(fact.name) '' \\endif")
    }
    let told = self.told.filter { !isAsked($0) }
    for list in lists {
      lines += ["", "-- \(PlanScriptHeader.about(list, columns))"]
      for column in told.map(\.rawValue) {
        lines.append(
          "-- \(column): what -v \(column)_SLOT=LSN tells; untold, psql leaves the :name, which counts as nothing")
      }
      lines += try list.lines(columns, told: told)
    }
    if lists.isEmpty { lines.append("") }
    lines += ["-- What every session is set to; each change has a time limit of its own."]
    lines += PlanScriptSettings.lines(lists.map(\.name), isForBoth, waits: runs.contains { $0.limit == .wait })
    lines += steps
  }

  private mutating func writeSteps() throws(QuotingError) {
    lines += [
      "",
      "-- Part 1: checks. The first is whether this is the right server. Nothing is changed before all of them hold.",
    ]
    // On the connection as it was given: a wrong server may not even have the databases of the steps.
    if isForBoth { lines.append("\\if :{?primary_conninfo} \(Self.reconnect("standby_conninfo")) \\endif") }
    try checkAll(on: server)
    if let primary = visits.first(where: { $0.server != server })?.server {
      for output in answers {
        let sql = naming(output.names) { output.expression.naming(output.names, $0) } ?? output.expression
        lines += PlanScriptText.lines("select \(sql) as \(output.name) \\gset told_", indent: 0)
      }
      for run in runs where run.step.isNudge { askWhetherSpared(run.step) }
      lines.append(Self.reconnect("primary_conninfo"))
      try checkAll(on: primary)
      for run in runs where run.step.isNudge { try nudge(run) }
      lines.append(Self.reconnect("standby_conninfo"))
      place = Place()
    }
    lines += ["\\echo 'all checks passed'", "\\if :is_dry_run \\echo 'dry run: nothing was changed' \\else"]
    let connects = visits.contains { $0.server == server && $0.database != nil }
    let how = connects ? " Each database has a connection of its own, with host, port and user as they were given." : ""
    lines += ["", "-- Part 2: changes.\(how)"]
    for visit in visits { try change(visit) }
    lines += ["\\endif", "", "-- What holds now."]
    let isTold = part.node == .newPrimary && told.contains(.position)
    if place.server == nil || isTold { begin(telling: isTold ? [.position] : []) }
    lines += try PlanScriptSummary.lines(plan, part, runs, isForBoth: isForBoth)
    if part.node == .standby, let kept = KeptSlotsScript.text(plan) { lines += ["", kept] }
  }

  // MARK: What it is about

  private var runs: [PlanScriptRun] { visits.flatMap(\.runs) }
  private var lists: [PlanScriptList] {
    var lists: [PlanScriptList] = []
    for list in runs.compactMap(\.list) where !lists.contains(list) { lists.append(list) }
    return lists
  }
  /// What an operator or an earlier step tells of each slot.
  var told: [SlotColumn] {
    var columns = Set(runs.compactMap(\.told))
    if part.node == .newPrimary, plan.slots.contains(where: { $0.approach != .slotsOnNewPrimary }) {
      columns.insert(.position)
    }
    return columns.sorted { $0.rawValue < $1.rawValue }
  }
  /// The script itself asks a server for it before anything needs it.
  private func isAsked(_ column: SlotColumn) -> Bool { column == .start && isForBoth }
  /// What this server is asked of all slots together, for the checks of the other.
  private var answers: [StepOutput] {
    isForBoth ? runs.flatMap(\.steps).compactMap(\.output).filter { !$0.names.isEmpty } : []
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
    _ limit: PlanScriptSettings.Limit = .none, telling columns: [SlotColumn] = [], _ more: [String] = []
  ) {
    let values =
      inputs.map { "set slotscope.\($0.name) = :'\($0.name)';" }
      + (columns.map(\.rawValue) + more).map {
        "set slotscope.\($0) = :'told_\($0)';"
      }
      + (limit == .none ? [] : [limit.sql])
    lines.append(PlanScriptSettings.session)
    if !values.isEmpty { lines.append(values.joined(separator: " ")) }
    place.limit = limit
  }

  /// A time limit for what follows.
  mutating func limit(_ limit: PlanScriptSettings.Limit) {
    if place.limit != limit { lines.append(limit.sql) }
    place.limit = limit
  }

  mutating func go(to visit: PlanScriptVisit) throws(QuotingError) {
    let isElsewhere = visit.server != server
    if isElsewhere, let step = visit.runs.first?.step, step.isSpared != nil {
      if place.server == nil { begin() }
      askWhetherSpared(step)
      lines.append("\\if :answer_done \\else")
    }
    if isElsewhere { lines.append(Self.reconnect("primary_conninfo")) }
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

  mutating func leave(_ visit: PlanScriptVisit) {
    if visit.isReplication { lines.append("\\connect -reuse-previous=on replication=false \\encoding UTF8") }
    if visit.server != server { lines.append(Self.reconnect("standby_conninfo")) }
    if visit.server != server, visit.isSpared != nil { lines.append("\\endif") }
    if visit.isReplication || visit.server != server { place = Place() }
  }

  // MARK: Checks

  private mutating func checkAll(on server: PlannedServer) throws(QuotingError) {
    let needed = visits.filter { $0.server == server }.flatMap(\.runs).compactMap(\.told)
    begin(
      telling: told.filter { needed.contains($0) && !isAsked($0) },
      server.facts.map(\.name) + (server == self.server ? [] : answers.map(\.name)))
    var block = PlanScriptBlock()
    for input in inputs {
      let missing = try SQLText.literal(
        "refused: run this script with \(TerminalText.ascii(input.missing.joined(separator: " ")))")
      block.assert("current_setting('slotscope.\(input.name)') <> ''", missing)
    }
    if isForBoth, server == self.server {
      block.assert(
        "current_setting('slotscope.with_primary')::bool",
        "'refused: run this script with -v primary_conninfo=... and -v standby_conninfo=...'")
    }
    // Is this the right server? That is a block of its own: what follows asks for what only such a server has.
    try block.check(Array(server.checks.prefix(1)))
    lines += block.text
    block = PlanScriptBlock()
    for fact in server.facts { block.learn(fact) }
    let runs = visits.filter { $0.server == server }.flatMap(\.runs)
    var asked = Array(server.checks.dropFirst())
    for check in runs.flatMap({ $0.common { $0.prospects + $0.preconditions } })
    where !asked.contains(check) && !(isForBoth && check.isForOneServer) {
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
        let needed = checks.filter { !(isForBoth && $0.isForOneServer) }
        if needed.isEmpty { continue }
        ofSlots.append(
          PlanScriptBlock.SlotChecks(
            list: list, filter: filter, told: told.sorted { $0.rawValue < $1.rawValue },
            checks: needed))
      }
    }
    try block.table(asked.map(withLists), ofSlots)
    if !block.isEmpty { lines += block.text }
    for fact in server.facts {
      lines.append("select current_setting('slotscope.\(fact.name)') as \(fact.name) \\gset told_")
    }
    (place.server, place.isChecked) = (server, server == self.server)
  }

  /// The names of many slots are those of the lists that the script has anyway.
  private func withLists(_ check: PlanCheck) -> PlanCheck { naming(check.names, check.naming) ?? check }

  private func naming<Text>(_ names: [SlotName], _ make: (String) -> Text) -> Text? {
    PlanScriptList.query(names, in: lists).map(make)
  }
}
