import PostgresFormat
import SlotSafety

/// One `do` block: checks, and the change that they are for.
///
/// A condition is an `assert`, which also refuses what is null. A server does not look at it before its turn comes: an earlier
/// one may tell that the server does not know what a later one asks. psql replaces no variable between the dollar quotes.
struct PlanScriptBlock {
  private var lines: [ScriptText] = []
  private var waits = false
  private var goesThroughSlots = false
  private var looksUp = false
  /// A slot of the database that others are copies of.
  private var hasModel = false
  private var hasTable = false
  private var tableWaits = false
  /// Where the lines of a block within this one begin, which has variables of its own: a table of checks names its rows alike.
  private var innerStart: Int?
  /// Within a loop over slots: whether `here` is what the server has now.
  private var isFresh: Bool?
  /// What is said where a limit of the server ends the block.
  private var ending: [ScriptText] = []

  var isEmpty: Bool { lines.isEmpty }

  /// The whole statement.
  var text: [ScriptText] {
    var lines = lines
    var variables: [ScriptText] = []
    if goesThroughSlots { variables.append("slot record;") }
    if looksUp { variables.append("here pg_replication_slots;") }
    if hasModel { variables.append("model name;") }
    if let innerStart, !variables.isEmpty {
      lines.insert("declare \(variables.joined(by: " ")) begin", at: innerStart)
      lines.append("end;")
      variables = []
    }
    if waits { variables.append("message text;") }
    if hasTable { variables.append("it record;") }
    if waits || tableWaits { variables.append("patience int := current_setting('slotscope.patience');") }
    // What the lines of a block do begins after the first line that ends with `begin`.
    var head: ScriptText = variables.isEmpty ? " begin" : " declare \(variables.joined(by: " ")) begin"
    if !PlanScriptText.fits(head, indent: 0), let last = variables.last {
      head = " declare \(variables.dropLast().joined(by: " "))\n  \(last) begin"
    }
    let body = PlanScriptText.laidOut(lines.map { "  \($0)" }) + ending
    let text: ScriptText = "do \(ScriptText.dollarQuoted("\(head)\n\(body.joined())\nend "));"
    return text.lines
  }

  /// Lines of a template.
  private mutating func add(_ template: [UInt8], _ values: [String: ScriptText] = [:]) throws(QuotingError) {
    lines += try Template.lines(template, values)
  }

  /// What `body` adds, for a place within a template.
  private mutating func inner(
    _ body: (inout PlanScriptBlock) throws(QuotingError) -> Void
  ) throws(QuotingError) -> ScriptText {
    let outer = lines
    lines = []
    try body(&self)
    defer { lines = outer }
    return lines.joined()
  }

  // MARK: Checks

  mutating func assert(_ condition: ScriptText, _ message: ScriptText) {
    lookUp(for: condition)
    lines += ["assert \(condition),", "  \(Template.joint)\(message);"]
  }

  /// That a new connection has led to the server, and to the database, that are meant.
  mutating func makeSure(of visit: PlanScriptVisit) {
    var condition: ScriptText = "\(visit.server.isSame)"
    if visit.databases.count == 1 {
      condition =
        "\(condition) and (select oid from pg_database where datname = current_database()) = \(visit.databases[0].oid)"
    }
    assert(condition, "'refused: this is not the server that was checked above'")
  }

  /// Keeps a fact as a setting: what the operator gave, else what the server says; nothing where a right is missing.
  mutating func learn(_ fact: ServerFact) throws(QuotingError) {
    try add(PackageResources.fact_sql, ["name": "\(name: fact.name)", "expression": "\(fact.expression)"])
  }

  private static let lookUp: ScriptText =
    "select * into here from pg_replication_slots where slot_name = slot.slot_name;"

  /// What the server has of the loop's slot, where it is asked for.
  private mutating func lookUp(for sql: ScriptText, again: Bool = false) {
    guard let fresh = isFresh, sql.contains("here"), again || !fresh else { return }
    (looksUp, isFresh) = (true, true)
    lines.append(Self.lookUp)
  }

  /// Checks of some of a list's slots, which ask for what the script was told of each.
  struct SlotChecks {
    var list: PlanScriptList
    var filter: PlanScriptList.Filter
    var told: [SlotColumn]
    var checks: [PlanCheck]

    /// SQL: their rows, as `slot`.
    fileprivate var rows: [ScriptText] {
      let query = list.query(told, filter)
      return told.isEmpty && filter == .all ? ["\(query.rows) slot"] : ["(\(query.select)", "from \(query.rows)) slot"]
    }
  }

  /// Checks as a table: a row each, with the seconds that it may take to come true, what is expected, and what is there instead. The
  /// first that does not hold is waited for, or ends the script. Those that have no time come first. What does not fit into a
  /// table follows it.
  mutating func table(_ common: [PlanCheck], _ slots: [SlotChecks] = []) throws(QuotingError) {
    let rows = common.filter(\.isRow)
    let ofSlots = slots.filter { one in one.checks.contains(where: \.isRow) }
    if rows.count > 2 || rows.contains(where: { $0.patience > 20 }) || !ofSlots.isEmpty {
      try table(of: rows, ofSlots)
      if !ofSlots.isEmpty { innerStart = lines.count }
    } else {
      try check(rows)
    }
    try check(common.filter { !$0.isRow })
    for one in slots where one.checks.contains(where: { !$0.isRow }) {
      try forEach(one.list, one.filter, one.told) { block throws(QuotingError) in
        try block.check(one.checks.filter { !$0.isRow })
      }
    }
  }

  private mutating func table(of common: [PlanCheck], _ slots: [SlotChecks]) throws(QuotingError) {
    hasTable = true
    let ofSlots = slots.flatMap { $0.checks.filter(\.isRow) }
    let isPatient = (common + ofSlots).contains { $0.patience > 0 }
    if isPatient { tableWaits = true }
    let query: [ScriptText]
    if common.isEmpty, slots.count == 1, ofSlots.count == 1 {
      query = try Self.single(ofSlots[0], slots[0], isPatient)
    } else {
      // What may take its time comes last: what is wrong at once is said at once.
      let isSlow: (SlotChecks) -> Bool = { $0.checks.contains { $0.isRow && $0.patience > 20 } }
      let fast = slots.filter { !isSlow($0) }
      var groups: [(word: ScriptText, lines: [ScriptText])] = []
      func add(_ checks: [PlanCheck]) throws(QuotingError) {
        if !checks.isEmpty { groups.append(("values", try Self.values(checks, isPatient))) }
      }
      func add(_ slots: SlotChecks) throws(QuotingError) {
        let checks = try Self.values(slots.checks.filter(\.isRow), isPatient).joined()
        let rows = slots.rows.joined(by: "\n  ")
        groups.append(("", try Template.lines(PackageResources.slot_checks_sql, ["rows": rows, "checks": checks])))
      }
      try add(fast.isEmpty ? common : common.filter { $0.patience == 0 })
      for one in fast { try add(one) }
      if !fast.isEmpty { try add(common.filter { $0.patience > 0 }) }
      for one in slots where isSlow(one) { try add(one) }
      let rows = groups.enumerated().flatMap { number, group in
        let union: ScriptText = group.word.description.isEmpty ? "union all" : "union all \(group.word)"
        return (number == 0 ? [] : ["\(Template.joint)\(union)"]) + group.lines
      }
      query = try Template.lines(
        PackageResources.checks_sql,
        ["first": groups[0].word, "rows": rows.joined(), "seconds": isPatient ? "seconds, " : ""])
    }
    try add(isPatient ? PackageResources.checks_wait_sql : PackageResources.checks_once_sql, ["query": query.joined()])
  }

  /// One check of slots alone: the first of them for which it does not hold.
  private static func single(
    _ check: PlanCheck, _ slots: SlotChecks, _ isPatient: Bool
  ) throws(QuotingError) -> [ScriptText] {
    let (expected, actual) = try texts(check)
    return try Template.lines(
      PackageResources.slot_check_sql,
      [
        "seconds": isPatient ? "\(seconds(check)) as seconds, " : "", "expected": expected, "found": actual,
        "rows": slots.rows.joined(by: " "), "condition": "\(loop: check.condition)",
      ])
  }

  private static func texts(_ check: PlanCheck) throws(QuotingError) -> (expected: ScriptText, actual: ScriptText) {
    (try PlanScriptText.message(check.expects), try PlanScriptText.actual(check.found, hint: check.hint))
  }

  private static func seconds(_ check: PlanCheck) -> ScriptText {
    switch check.patience {
    case ...20: "\(check.patience)"
    case ...60: "patience"
    default: "\(check.patience / 60) * patience"
    }
  }

  private static func values(_ checks: [PlanCheck], _ isPatient: Bool) throws(QuotingError) -> [ScriptText] {
    let rows = checks.enumerated().sorted {
      ($0.element.patience, $0.offset) < ($1.element.patience, $1.offset)
    }.map(\.element)
    var lines: [ScriptText] = []
    for (number, check) in rows.enumerated() {
      let (expected, actual) = try texts(check)
      let seconds: ScriptText = isPatient ? " \(seconds(check))," : ""
      let end: ScriptText = number + 1 < rows.count ? "," : ""
      lines += [
        "  (\(loop: check.condition),\(seconds)", "    \(Template.joint)\(expected), \(actual))\(end)",
      ]
    }
    return lines
  }

  /// Those that only advise come last.
  mutating func check(_ checks: [PlanCheck]) throws(QuotingError) {
    for check in checks.filter({ !$0.isAdvice }) + checks.filter(\.isAdvice) { try self.check(check) }
  }

  private mutating func check(_ check: PlanCheck) throws(QuotingError) {
    guard let only = check.onlyWhere else { return try assert(check) }
    let body = try inner { block throws(QuotingError) in try block.assert(check) }
    try add(PackageResources.only_where_sql, ["condition": "\(loop: only)", "body": body])
  }

  private mutating func assert(_ check: PlanCheck) throws(QuotingError) {
    if check.patience > 20 { return try wait(for: check) }
    if check.patience > 0 { try poll(check) }
    let condition: ScriptText = "\(loop: check.condition)"
    if check.isQuiet {
      // What waits for it later says what is missing.
    } else if check.isAdvice {
      lookUp(for: condition)
      let text = try PlanScriptText.raised(check.expects, before: "expected ", found: check.found, hint: check.hint)
      try add(PackageResources.advice_sql, ["condition": condition, "message": text])
    } else {
      assert(
        condition,
        try PlanScriptText.message(
          check.expects, before: "refused: expected ", found: check.found, hint: check.hint))
    }
  }

  /// That the loop's slot starts at or before its consumer.
  mutating func assertCarriedOver(isSynced: ScriptText) throws(QuotingError) {
    lookUp(for: "here")
    try add(PackageResources.carried_over_sql, ["is_synced": isSynced])
  }

  /// A short wait, for what is about to come or will not.
  private mutating func poll(_ check: PlanCheck) throws(QuotingError) {
    let condition: ScriptText = "\(loop: check.condition)"
    guard check.nudges.isEmpty else {
      let nudges = check.nudges.map {
        "begin perform \(Self.query($0)); exception when others then null; end;" as ScriptText
      }
      return try add(
        PackageResources.poll_nudging_sql,
        ["seconds": "\(check.patience)", "condition": condition, "nudges": nudges.joined()])
    }
    let isLookedUp = isFresh != nil && condition.contains("here")
    if isLookedUp { (looksUp, isFresh) = (true, true) }
    try add(
      PackageResources.poll_sql,
      [
        "count": "\(5 * check.patience)", "condition": condition, "look_up": isLookedUp ? "\(Self.lookUp) " : "",
        "clear": condition.contains("pg_stat_") ? "pg_stat_clear_snapshot(), " : "",
      ])
  }

  /// Looks five times a second, says every five seconds what it waits for, and ends after `patience`.
  private mutating func wait(for check: PlanCheck) throws(QuotingError) {
    waits = true
    let condition: ScriptText = "\(loop: check.condition)"
    let lookUp = try inner { block throws(QuotingError) in block.lookUp(for: condition, again: true) }
    try add(
      PackageResources.wait_sql,
      [
        "limit": check.patience > 60 ? "\(5 * check.patience / 60) * patience" : "5 * patience", "look_up": lookUp,
        "condition": condition,
        "message": try PlanScriptText.message(
          check.expects, before: "expected ", found: check.found, hint: check.hint),
        "end": check.isAdvice ? "raise warning '%', message; exit" : "raise exception 'refused: %', message",
      ])
  }

  // MARK: Slots

  /// For each slot of a list.
  mutating func forEach(
    _ slots: PlanScriptList, _ filter: PlanScriptList.Filter = .all, _ columns: [SlotColumn] = [],
    _ body: (inout PlanScriptBlock) throws(QuotingError) -> Void
  ) throws(QuotingError) {
    goesThroughSlots = true
    let query = slots.query(columns, columns.isEmpty && filter != .here ? filter : .all)
    var rows: ScriptText = "from \(query.rows)"
    if columns.isEmpty, filter != .here {
      rows = "\(Template.joint)\(rows)"
    } else if filter != .all {
      rows = "\(rows)\n  \(ScriptText(quoted: filter.sql.description.dropFirst()))"
    }
    isFresh = false
    let text = try inner(body)
    isFresh = nil
    try add(
      PackageResources.for_slots_sql,
      [
        "select": query.select, "rows": rows, "body": text,
        "otherwise": filter == .here ? " assert found, 'refused: another database';" : "",
      ])
  }

  /// The statement of a step for the loop's slot, or of a step by itself: unless it was done before.
  mutating func change(_ step: Step, _ sql: SQL) throws(QuotingError) {
    if step.isDone == "false" {
      if isFresh != nil { isFresh = false }
      return lines.append("perform \(Self.query(sql));")
    }
    let done: ScriptText = "\(loop: step.isDone)"
    lookUp(for: done)
    let name = step.row == nil ? try ScriptText.literal(step.id) : "slot.slot_name"
    var undo: ScriptText = ""
    if let proof = step.proof, let statement = step.undo {
      // What does not hold afterwards is undone.
      let message = try PlanScriptText.raised(proof.expects, before: "refused: expected ", found: proof.found)
      let condition: ScriptText = "\(loop: proof.condition)"
      undo = try inner { block throws(QuotingError) in
        block.lookUp(for: condition, again: true)
        try block.add(
          PackageResources.undo_sql,
          ["condition": condition, "statement": Self.query(statement), "message": message])
      }
    }
    try add(
      PackageResources.change_sql,
      [
        "done": done, "name": name, "statement": Self.query(sql), "undo": undo,
        "waiting": step.ifCanceled == nil ? "" : "raise notice 'waiting: %', \(name);\n  ",
      ])
    if isFresh != nil { isFresh = false }
    if sql.inLoop.contains("(model, ") {
      hasModel = true
      let isAlone = sql.inLoop.contains("slot.two_phase")
      lines.append(
        isAlone ? "if slot.two_phase is not true then model := slot.slot_name; end if;" : "model := slot.slot_name;")
    }
  }

  /// The statement of a step for the loop's slot, where the script was told what it needs. Where it was done before, it changes nothing.
  mutating func change(_ sql: SQL, unlessUntold column: SlotColumn) {
    lines.append("perform \(Self.query(sql)) where slot.\(name: column.rawValue) is not null;")
    if isFresh != nil { isFresh = false }
  }

  /// A time limit that ends a change is followed by what to do; other limits the server explains itself. What was done before
  /// stays done: slots know no rollback.
  mutating func explainLimits(_ step: Step) throws(QuotingError) {
    let (name, argument): (String, ScriptText) =
      step.row == nil ? ("step \(step.id)", "") : ("slot %", "slot.slot_name, ")
    let advice = step.ifCanceled.map { "\($0)" } ?? "Raise step_timeout"
    let text = try ScriptText.literal("refused: \(name): %. \(advice)")
    ending = PlanScriptText.lines(
      "exception when query_canceled then raise exception \(text), \(argument)sqlerrm;")
  }

  /// Steps that need to be told something first are left out until then.
  mutating func skip(unless column: SlotColumn) {
    lines.append("continue when slot.\(name: column.rawValue) is null;")
  }

  /// PL/pgSQL wants `perform` for a query whose result nobody takes.
  private static func query(_ sql: SQL) -> ScriptText { ScriptText(quoted: sql.inLoop.dropFirst("select ".count)) }
}

extension PlanCheck {
  /// Whether it fits into a table of checks.
  fileprivate var isRow: Bool { onlyWhere == nil && nudges.isEmpty && !isAdvice }
}
