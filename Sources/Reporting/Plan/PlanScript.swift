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
  let part: PlanPart
  let server: PlannedServer
  /// The standby's script that does the primary's steps as well, in time.
  let isForBoth: Bool
  private let visits: [PlanScriptVisit]
  var lines: [ScriptText] = []
  /// What each new session begins with, in the places of their marks among the lines.
  private var sessions: [PlanScriptSession] = []
  private static let sessionMark: ScriptText = "\u{1}"
  /// Where the lines so far have led to: the connection, and the time limit of its statements.
  var place = Place()

  struct Place {
    var server: PlannedServer?
    var database: OID?
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
    return script.lines.joined().description + "\n"
  }

  private init(plan: Plan, part: PlanPart, server: PlannedServer, isForBoth: Bool) {
    (self.plan, self.part, self.server, self.isForBoth) = (plan, part, server, isForBoth)
    visits = PlanScriptVisit.visits(
      plan, plan.steps.filter { $0.part == part || isForBoth && Plan.isOnPrimaryBefore($0) })
  }

  private mutating func write() throws(QuotingError) {
    try writeSteps()
    let columns = PlanScriptList.columns(usedBy: lines)
    var given = PlanScriptSettings.start(for: lines, server.facts.map(\.name) + inputs.map(\.name))
    if isForBoth { given.append("\\if :{?standby_conninfo} \\else \\unset primary_conninfo \\endif") }
    let told = self.told.filter { !isAsked($0) }
    // What the primary says in the end.
    if isForBoth, self.told.contains(.position) { given.append("\\set told_position '{}'") }
    // What is told goes into one object, whichever of the lists has the slot.
    let toldLists = lists.filter(isTold)
    for list in lists {
      let own = toldLists.contains(list) ? told : []
      given.append(PlanScriptHeader.about(list, columns, told: own))
      given += try list.lines(columns, told: own, isFirst: list == toldLists.first, isLast: list == toldLists.last)
    }
    var values = PlanScriptHeader.values(plan, part, server, isForBoth: isForBoth)
    (values["given"], values["steps"]) = (given.joined(), lines.joined())
    lines = try Template.lines(PackageResources.script_sql, values)
  }

  private mutating func writeSteps() throws(QuotingError) {
    // Only the word of a server, and of no other, counts for what is done to it.
    if isForBoth { lines += try Template.lines(PackageResources.both_servers_sql) }
    place.limit = .none
    try checkAll(on: server)
    if let primary = visits.first(where: { $0.server != server })?.server {
      for output in answers {
        let sql = naming(output.names) { output.expression.naming(output.names, $0) } ?? output.expression
        lines += PlanScriptText.lines("select \(sql) as \(name: output.name) \\gset told_")
      }
      for run in runs where run.step.isNudge { askWhetherSpared(run.step) }
      lines.append(Self.reconnect("primary_conninfo"))
      try checkAll(on: primary)
      for run in runs where run.step.isNudge { try nudge(run) }
      lines.append(Self.reconnect("standby_conninfo"))
      place = Place()
    }
    let checks = lines
    lines = []
    for visit in visits { try change(visit) }
    let changes = lines
    lines = []
    let tellsPosition = part.node == .newPrimary && told.contains(.position)
    if place.server == nil || tellsPosition { begin(telling: tellsPosition ? [.position] : []) }
    lines += try PlanScriptSummary.lines(plan, part, runs, isForBoth: isForBoth)
    if part.node == .standby { lines += try KeptSlotsScript.lines(plan) }
    lines = try Template.lines(
      PackageResources.steps_sql,
      [
        "checks": checks.joined(), "changes": changes.joined(), "summary": lines.joined(),
        "twice": onlyDatabase == nil ? "" : " \\g asks the first again, in the slots' database.",
        "again": visits.contains { $0.databases.count > 1 }
          ? " \\g sends a statement again, to the next database." : "",
      ])
    setSessions()
  }

  /// A session is set to what the lines up to the next session ask for.
  private mutating func setSessions() {
    var text = ""
    var result: [ScriptText] = []
    for line in lines.reversed() {
      if line.description.hasPrefix(Self.sessionMark.description), let number = Int(line.description.dropFirst()) {
        result += sessions[number].lines(before: text).reversed()
        text = ""
      } else {
        text += line.description + "\n"
        result.append(line)
      }
    }
    lines = result.reversed()
  }

  // MARK: What it is about

  private var runs: [PlanScriptRun] { visits.flatMap(\.runs) }
  private var lists: [PlanScriptList] {
    var lists: [PlanScriptList] = []
    for list in runs.compactMap(\.list) where !lists.contains(list) { lists.append(list) }
    return lists
  }
  /// The one database that all steps are about, which the script is connected to from the beginning.
  private var onlyDatabase: PlanScriptVisit.Database? {
    let databases = Set(visits.flatMap(\.databases))
    return isForBoth || visits.contains(where: \.isReplication) || databases.count > 1 ? nil : databases.first
  }
  /// What an operator or an earlier step tells of each slot.
  var told: [SlotColumn] {
    var columns = Set(runs.compactMap(\.told))
    if part.node == .newPrimary, plan.slots.contains(where: { $0.approach != .slotsOnNewPrimary }) {
      columns.insert(.position)
    }
    return columns.sorted { $0.rawValue < $1.rawValue }
  }
  /// Whether steps or the summary ask what the script was told of these slots.
  private func isTold(_ list: PlanScriptList) -> Bool {
    runs.contains { $0.list == list && ($0.told != nil || part.node == .newPrimary && $0.step.sql == nil) }
  }
  /// The script itself asks a server for it before anything needs it.
  private func isAsked(_ column: SlotColumn) -> Bool { isForBoth }
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

  private static func reconnect(_ variable: String) -> ScriptText {
    "\\connect -reuse-previous=on :\"\(name: variable)\" \\encoding UTF8"
  }

  /// What every session begins with: psql's variables as settings.
  private mutating func begin(
    _ limit: PlanScriptSettings.Limit = .none, telling columns: [SlotColumn] = [], _ more: [String] = [],
    given: [String] = [], isPartOfStatement: Bool = false, isNamed: Bool = false, on server: PlannedServer? = nil
  ) {
    var session = PlanScriptSession(limit: limit, values: (columns.map(\.rawValue) + more).map { ($0, "told_\($0)") })
    session.values +=
      given.map { ($0, $0) } + [("patience", "patience")] + lists.map { ($0.name, $0.name) }
      + inputs.map { ($0.name, $0.name) }
    (session.isPartOfStatement, session.isNamed) = (isPartOfStatement, isNamed)
    session.isOnStandby = server.map { [.standby, .follower].contains($0.node) } ?? true
    lines.append("\(Self.sessionMark)\(sessions.count)")
    sessions.append(session)
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
      && visit.databases.count < 2 && (visit.databases.isEmpty || visit.databases[0].oid == place.database)
    if isThere { return }
    if visit.isReplication {
      lines.append("\\connect -reuse-previous=on replication=database \\encoding UTF8")
    } else if let database = visit.databases.first {
      lines.append(try .connect(database: database.name))
    }
    begin(
      visit.runs.first?.limit ?? .none,
      telling: told.filter { visit.runs.compactMap(\.told).contains($0) }, isPartOfStatement: visit.databases.count > 1,
      on: visit.server)
    (place.server, place.database, place.isNew, place.isChecked) = (
      visit.server, visit.databases.last?.oid, true, false
    )
  }

  /// The statement that was just written, with all that stands before it since the connection, in the visit's other databases.
  mutating func repeatStatement(in visit: PlanScriptVisit) throws(QuotingError) {
    if visit.databases.count < 2 { return }
    for database in visit.databases.dropFirst() {
      lines.append("\(try ScriptText.connect(database: database.name)) \\g")
    }
  }

  /// Asks this server whether the other one's step is needed.
  private mutating func askWhetherSpared(_ step: Step) {
    guard let isSpared = step.isSpared else { return }
    let sql = naming(isSpared.names) { isSpared.expression.naming(isSpared.names, $0) } ?? isSpared.expression
    lines += PlanScriptText.lines("select (\(sql)) is true as done \\gset answer_")
  }

  mutating func leave(_ visit: PlanScriptVisit) {
    if visit.isReplication { lines.append("\\connect -reuse-previous=on replication=false \\encoding UTF8") }
    if visit.server != server { lines.append(Self.reconnect("standby_conninfo")) }
    if visit.server != server, visit.isSpared != nil { lines.append("\\endif") }
    if visit.isReplication || visit.server != server { place = Place() }
  }

  // MARK: Checks

  private mutating func checkAll(on server: PlannedServer) throws(QuotingError) {
    let tellsNow = server == self.server && !isForBoth ? told : []
    let needed = visits.filter { $0.server == server }.flatMap(\.runs).compactMap(\.told)
    let onlyDatabase = server == self.server ? self.onlyDatabase : nil
    // Is this the right server? That is a block of its own: what follows asks for what only such a server has. It is asked on the
    // connection as it was given, too: a wrong server may not even have the database of the steps.
    let identity = try identity(of: server)
    if let onlyDatabase {
      // A role's default isolation may be one that a standby does not have.
      let isolation: ScriptText = server.node == .standby ? "set transaction isolation level read committed \\;" : ""
      lines += try Template.lines(
        PackageResources.identity_twice_sql,
        [
          "isolation": isolation, "identity": identity.joined(),
          "connect": try .connect(database: onlyDatabase.name),
        ])
    }
    begin(
      telling: told.filter { needed.contains($0) && !isAsked($0) && !tellsNow.contains($0) },
      server == self.server ? [] : answers.map(\.name), given: server.facts.map(\.name), isNamed: onlyDatabase != nil)
    for column in tellsNow { lines += try PlanScriptList.whatIsTold(column) }
    var block = PlanScriptBlock()
    for input in inputs {
      block.assert(
        "current_setting('slotscope.\(name: input.name)') <> ''",
        try .literal("refused: run this script with \(input.missing.joined(separator: " "))"))
    }
    if onlyDatabase == nil { lines += identity }
    for fact in server.facts { try block.learn(fact) }
    let runs = visits.filter { $0.server == server }.flatMap(\.runs)
    var asked = Array(server.checks.dropFirst(PlannedServer.identityCount))
    if let oid = onlyDatabase?.oid {
      asked.insert(
        PlanCheck(
          "database \(oid)", "(select oid from pg_database where datname = current_database()) = \(oid)",
          found: "'another'"), at: 0)
    }
    for check in runs.flatMap({ $0.common { $0.prospects + $0.preconditions } })
    where !asked.contains(check) && !(isForBoth && check.isForOneServer) {
      asked.append(check)
    }
    var ofSlots: [PlanScriptBlock.SlotChecks] = []
    for list in lists {
      for (filter, checks) in PlanScriptRun.checks(of: runs.filter { $0.list == list }, list) {
        var told: Set<SlotColumn> = []
        var needed: [PlanCheck] = []
        for (check, column) in checks where !(isForBoth && check.isForOneServer) {
          guard let column, check.condition.inLoop.contains("slot.\(column.rawValue)") else {
            needed.append(check)
            continue
          }
          // A script for both servers tells itself, later on.
          if isForBoth { continue }
          told.insert(column)
          needed.append(check.unlessUntold(column))
        }
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
      lines.append("select current_setting('slotscope.\(name: fact.name)') as \(name: fact.name) \\gset told_")
    }
    (place.server, place.isChecked) = (server, server == self.server)
    if server == self.server { place.database = onlyDatabase?.oid }
  }

  /// By its own word: its role, its version and its system identifier.
  private func identity(of server: PlannedServer) throws(QuotingError) -> [ScriptText] {
    let recovers = server.node == .standby || server.node == .follower
    return try Template.lines(
      PackageResources.identity_sql,
      [
        "is_role": recovers ? "pg_is_in_recovery()" : "not pg_is_in_recovery()",
        "role": recovers ? "a standby (in recovery)" : "a primary (not in recovery)",
        "other_role": recovers ? "a primary" : "a standby",
        "major": "\(server.version)", "id": "\(Int64(bitPattern: server.systemIdentifier))",
      ])
  }

  /// The names of many slots are those of the lists that the script has anyway.
  private func withLists(_ check: PlanCheck) -> PlanCheck { naming(check.names, check.naming) ?? check }

  private func naming<Text>(_ names: [SlotName], _ make: (String) -> Text) -> Text? {
    PlanScriptList.query(names, in: lists).map { make($0.description) }
  }
}
