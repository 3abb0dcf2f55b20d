import PostgresFormat
import SlotSafety

/// One `do` block: checks, and the change that they are for.
///
/// A condition is an `assert`, which also refuses what is null. A server does not look at it before its turn comes: an earlier
/// one may tell that the server does not know what a later one asks. psql replaces no variable between the dollar quotes.
struct PlanScriptBlock {
  private var lines: [String] = []
  private var waits = false
  private var goesThroughSlots = false
  private var looksUp = false
  /// A slot of the database that others are copies of.
  private var hasModel = false
  /// Variables that the block begins with.
  var declarations: [String] = []
  private var hasTable = false
  private var tableWaits = false
  private var tableHasRows = false
  /// Where the lines of a block within this one begin, which has variables of its own: a table of checks names its rows alike.
  private var innerStart: Int?
  /// Within a loop over slots: whether `here` is what the server has now.
  private var isFresh: Bool?
  private var indent = 2
  /// What is said where a limit of the server ends the block.
  private var ending: [String] = []

  var isEmpty: Bool { lines.isEmpty }

  /// The whole statement.
  var text: [String] {
    var lines = lines
    var variables: [String] = []
    if goesThroughSlots { variables.append("slot record;") }
    if looksUp { variables.append("here pg_replication_slots;") }
    if hasModel { variables.append("model name;") }
    if let innerStart, !variables.isEmpty {
      lines.insert("  declare \(variables.joined(separator: " ")) begin", at: innerStart)
      lines.append("  end;")
      variables = []
    }
    variables += declarations
    if waits { variables.append("message text;") }
    if hasTable { variables.append("it record;") }
    if waits || tableWaits { variables.append("patience int := current_setting('slotscope.patience');") }
    // What the lines of a block do begins after the first line that ends with `begin`.
    var head = variables.isEmpty ? " begin" : " declare \(variables.joined(separator: " ")) begin"
    if head.utf8.count > 110, let last = variables.last {
      head = " declare \(variables.dropLast().joined(separator: " "))\n  \(last) begin"
    }
    let body = SQLText.dollarQuoted("\(head)\n" + (lines + ending).joined(separator: "\n") + "\nend ")
    return ("do " + body + ";").split(separator: "\n").map(String.init)
  }

  // MARK: Checks

  mutating func assert(_ condition: String, _ message: String) {
    lookUp(for: condition)
    add("assert \(condition),", "  \(message);")
  }

  /// What the server has of the loop's slot, where it is asked for.
  private mutating func lookUp(for sql: String, again: Bool = false) {
    guard let fresh = isFresh, sql.contains("here"), again || !fresh else { return }
    looksUp = true
    add("select * into here from pg_replication_slots where slot_name = slot.slot_name;")
    isFresh = true
  }

  /// Checks of some of a list's slots, which ask for what the script was told of each.
  struct SlotChecks {
    var list: PlanScriptList
    var filter: PlanScriptList.Filter
    var told: [SlotColumn]
    var checks: [PlanCheck]

    /// SQL: their rows, as `slot`.
    fileprivate var rows: [String] {
      let query = list.query(told, filter)
      return told.isEmpty && filter == .all
        ? [query[1].dropFirst("from ".count) + " slot"] : ["(\(query[0])", "\(query[1])) slot"]
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
    let isPatient = (common + slots.flatMap(\.checks)).contains { $0.isRow && $0.patience > 0 }
    if isPatient {
      tableWaits = true
      add("for i in 0 .. 1000000 loop")
      indent += 2
    }
    let ofSlots = slots.flatMap { $0.checks.filter(\.isRow) }
    if common.isEmpty, slots.count == 1, ofSlots.count == 1 {
      try single(ofSlots[0], slots[0], isPatient)
    } else {
      // What may take its time comes last: what is wrong at once is said at once.
      let isSlow: (SlotChecks) -> Bool = { $0.checks.contains { $0.isRow && $0.patience > 20 } }
      tableHasRows = false
      let fast = slots.filter { !isSlow($0) }
      try addRows(fast.isEmpty ? common : common.filter { $0.patience == 0 }, isPatient)
      for one in fast { try addRows(one, isPatient) }
      if !fast.isEmpty { try addRows(common.filter { $0.patience > 0 }, isPatient) }
      for one in slots where isSlow(one) { try addRows(one, isPatient) }
      add(
        ") as checks (holds, \(isPatient ? "seconds, " : "")expected, found) where holds is not true limit 1;"
      )
    }
    let refusal = "raise exception 'refused: expected %; found: %', it.expected, it.found; end if;"
    if isPatient {
      add("exit when it is null;")
      add("if i > 5 * it.seconds then \(refusal)")
      add("if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;")
      add("perform pg_stat_clear_snapshot(), pg_sleep(0.2);")
      indent -= 2
      add("end loop;")
    } else {
      add("if found then \(refusal)")
    }
  }

  /// Rows of a table of checks about the server.
  private mutating func addRows(_ checks: [PlanCheck], _ isPatient: Bool) throws(QuotingError) {
    if checks.isEmpty { return }
    if tableHasRows { close("union all values") } else { add("select * into it from (values") }
    tableHasRows = true
    try values(checks, isPatient)
  }

  /// Rows of a table of checks about each slot of a list.
  private mutating func addRows(_ slots: SlotChecks, _ isPatient: Bool) throws(QuotingError) {
    if tableHasRows { close("union all") } else { add("select * into it from (") }
    let rows = slots.rows
    add("select v.* from \(rows[0])")
    for row in rows.dropFirst() { add("  \(row)") }
    add("  left join pg_replication_slots here using (slot_name), lateral (values")
    tableHasRows = true
    try values(slots.checks.filter(\.isRow), isPatient)
    add(") v")
  }

  /// One check of slots alone: the first of them for which it does not hold.
  private mutating func single(_ check: PlanCheck, _ slots: SlotChecks, _ isPatient: Bool) throws(QuotingError) {
    let (expected, actual) = try Self.texts(check)
    add(
      "select \(isPatient ? "\(Self.seconds(check)) as seconds, " : "")\(expected) as expected,",
      "  \(actual) as found into it")
    add("from \(slots.rows.joined(separator: " "))", "  left join pg_replication_slots here using (slot_name)")
    add("where (\(check.condition.inLoop)) is not true", "  limit 1;")
  }

  private static func texts(_ check: PlanCheck) throws(QuotingError) -> (expected: String, actual: String) {
    (try PlanScriptText.message(check.expects), try PlanScriptText.actual(check.found, hint: check.hint))
  }

  private static func seconds(_ check: PlanCheck) -> String {
    switch check.patience {
    case ...20: "\(check.patience)"
    case ...60: "patience"
    default: "\(check.patience / 60) * patience"
    }
  }

  private mutating func values(_ checks: [PlanCheck], _ isPatient: Bool) throws(QuotingError) {
    let rows = checks.enumerated().sorted {
      ($0.element.patience, $0.offset) < ($1.element.patience, $1.offset)
    }.map(\.element)
    for (number, check) in rows.enumerated() {
      let (expected, actual) = try Self.texts(check)
      let end = number + 1 < rows.count ? "," : ""
      add(
        "  (\(check.condition.inLoop),\(isPatient ? " \(Self.seconds(check))," : "")",
        "    \(expected), \(actual))\(end)")
    }
  }

  /// Those that only advise come last.
  mutating func check(_ checks: [PlanCheck]) throws(QuotingError) {
    for check in checks.filter({ !$0.isAdvice }) + checks.filter(\.isAdvice) { try self.check(check) }
  }

  private mutating func check(_ check: PlanCheck) throws(QuotingError) {
    if let only = check.onlyWhere {
      add("if \(only.inLoop) then")
      indent += 2
    }
    let condition = check.condition.inLoop
    if check.patience > 20 {
      try wait(for: check)
    } else {
      if check.patience > 0 { poll(check) }
      let before = check.isAdvice ? "expected " : "refused: expected "
      let message = try PlanScriptText.message(
        check.expects, before: before, found: check.found, hint: check.hint)
      if check.isQuiet {
        // What waits for it later says what is missing.
      } else if check.isAdvice {
        lookUp(for: condition)
        let text = try PlanScriptText.raised(check.expects, before: before, found: check.found, hint: check.hint)
        add("if (\(condition)) is not true then", "  raise warning \(text); end if;")
      } else {
        assert(condition, message)
      }
    }
    if check.onlyWhere != nil {
      indent -= 2
      close("end if;")
    }
  }

  /// A short wait, for what is about to come or will not.
  private mutating func poll(_ check: PlanCheck) {
    let nudges = check.nudges.map { "begin perform \(Self.query($0)); exception when others then null; end;" }
    if nudges.isEmpty {
      let condition = check.condition.inLoop
      let isLookedUp = isFresh != nil && condition.contains("here")
      let lookUp = isLookedUp ? "select * into here from pg_replication_slots where slot_name = slot.slot_name; " : ""
      let clear = condition.contains("pg_stat_") ? "pg_stat_clear_snapshot(), " : ""
      add(
        "for i in 1 .. \(5 * check.patience) loop \(lookUp)exit when \(condition);",
        "  perform \(clear)pg_sleep(0.2); end loop;")
      if isLookedUp { (looksUp, isFresh) = (true, true) }
    } else {
      add("for i in 1 .. \(check.patience) loop")
      add("  exit when \(check.condition.inLoop);")
      nudges.forEach { add("  " + $0) }
      add("  perform pg_sleep(1);")
      add("end loop;")
    }
  }

  /// Looks five times a second, says every five seconds what it waits for, and ends after `patience`.
  private mutating func wait(for check: PlanCheck) throws(QuotingError) {
    waits = true
    let limit = check.patience > 60 ? "\(5 * check.patience / 60) * patience" : "5 * patience"
    add("for i in 0 .. \(limit) loop")
    indent += 2
    lookUp(for: check.condition.inLoop, again: true)
    indent -= 2
    add("  exit when \(check.condition.inLoop);")
    let message = try PlanScriptText.message(check.expects, before: "expected ", found: check.found, hint: check.hint)
    add("  message := \(message);")
    let last = check.isAdvice ? "raise warning '%', message; exit" : "raise exception 'refused: %', message"
    add("  if i = \(limit) then \(last);", "  elsif i % 25 = 24 then raise notice 'waiting: %', message; end if;")
    add("  perform pg_stat_clear_snapshot(), pg_sleep(0.2);")
    add("end loop;")
  }

  // MARK: Slots

  /// For each slot of a list.
  mutating func forEach(
    _ slots: PlanScriptList, _ filter: PlanScriptList.Filter = .all, _ columns: [SlotColumn] = [],
    _ body: (inout PlanScriptBlock) throws(QuotingError) -> Void
  ) throws(QuotingError) {
    goesThroughSlots = true
    let query = slots.query(columns, filter)
    if columns.isEmpty, filter != .here {
      add("for slot in \(query[0])", "  \(query[1]) loop")
    } else {
      add("for slot in \(query[0])")
      let rows = query[1].dropLast(filter.sql.count)
      if filter == .all { add("  \(rows) loop") } else { add("  \(rows)"); add("  \(filter.sql.dropFirst()) loop") }
    }
    indent += 2
    isFresh = false
    try body(&self)
    isFresh = nil
    indent -= 2
    add("end loop;")
    if filter == .here { add("if not found then raise exception 'refused: another database'; end if;") }
  }

  /// The statement of a step for the loop's slot, or of a step by itself: unless it was done before.
  mutating func change(_ step: Step, _ sql: SQL) throws(QuotingError) {
    if step.isDone == "false" {
      if isFresh != nil { isFresh = false }
      return add("perform \(Self.query(sql));")
    }
    let done = step.isDone.inLoop
    lookUp(for: done)
    let name = step.row == nil ? "'\(step.id)'" : "slot.slot_name"
    add("if \(done) then", "  raise notice 'done before: %', \(name);")
    if step.ifCanceled == nil {
      add("else perform \(Self.query(sql));")
    } else {
      add("else raise notice 'waiting: %', \(name);")
      add("  perform \(Self.query(sql));")
    }
    if let proof = step.proof, let undo = step.undo {
      // What does not hold afterwards is undone.
      let message = try PlanScriptText.raised(proof.expects, before: "refused: expected ", found: proof.found)
      indent += 2
      lookUp(for: proof.condition.inLoop, again: true)
      add("if (\(proof.condition.inLoop)) is not true then", "  perform \(Self.query(undo));")
      add("  raise exception \(message); end if;")
      indent -= 2
    }
    close("end if;")
    if isFresh != nil { isFresh = false }
    if sql.inLoop.contains("(model, ") {
      hasModel = true
      let isAlone = sql.inLoop.contains("slot.two_phase")
      add(isAlone ? "if slot.two_phase is not true then model := slot.slot_name; end if;" : "model := slot.slot_name;")
    }
  }

  /// The statement of a step for the loop's slot, where the script was told what it needs. Where it was done before, it changes nothing.
  mutating func change(_ sql: SQL, unlessUntold column: SlotColumn) {
    add("perform \(Self.query(sql)) where slot.\(column.rawValue) is not null;")
    if isFresh != nil { isFresh = false }
  }

  /// A time limit that ends a change is followed by what to do; other limits the server explains itself. What was done before
  /// stays done: slots know no rollback.
  mutating func explainLimits(_ step: Step) throws(QuotingError) {
    let (name, argument) = step.row == nil ? ("step \(step.id)", "") : ("slot %", "slot.slot_name, ")
    let advice = step.ifCanceled.map { TerminalText.ascii($0.description) } ?? "Raise step_timeout, then run this again"
    let text = try SQLText.literal("refused: \(name): %. \(advice)") + ", \(argument)sqlerrm"
    ending = PlanScriptText.lines("exception when query_canceled then raise exception \(text);", indent: 0)
  }

  /// Steps that need to be told something first are left out until then.
  mutating func skip(unless column: SlotColumn) { add("continue when slot.\(column.rawValue) is null;") }

  /// At the end of the last line, where it fits.
  private mutating func close(_ end: String) {
    if let last = lines.last, PlanScriptText.fits("\(last) \(end)", indent: 0) {
      lines[lines.count - 1] = "\(last) \(end)"
    } else {
      add(end)
    }
  }

  /// One line where both parts fit, else each on lines of its own.
  mutating func add(_ first: String, _ second: String) {
    let whole = first + " " + second.drop { $0 == " " }
    if PlanScriptText.fits(whole, indent: indent) { return add(whole) }
    // Each on lines of its own, unless that takes more of them.
    let own = PlanScriptText.lines(first, indent: indent).count + PlanScriptText.lines(second, indent: indent).count
    if PlanScriptText.lines(whole, indent: indent).count < own { return add(whole) }
    add(first)
    add(second)
  }

  mutating func add(_ line: String) {
    let own = line.prefix { $0 == " " }.count
    lines += PlanScriptText.lines(String(line.dropFirst(own)), indent: indent + own)
  }

  /// PL/pgSQL wants `perform` for a query whose result nobody takes.
  private static func query(_ sql: SQL) -> Substring { sql.inLoop.dropFirst("select ".count) }
}

extension PlanCheck {
  /// Whether it fits into a table of checks.
  fileprivate var isRow: Bool { onlyWhere == nil && nudges.isEmpty && !isAdvice }
}
