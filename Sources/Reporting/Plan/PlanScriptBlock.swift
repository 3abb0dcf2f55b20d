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
  /// Within a loop over slots: whether `here` is what the server has now.
  private var isFresh: Bool?
  private var indent = 2

  var isEmpty: Bool { lines.isEmpty }

  /// The whole statement.
  var text: [String] {
    var variables: [String] = []
    if goesThroughSlots { variables.append("slot record;") }
    if looksUp { variables.append("here pg_replication_slots;") }
    if waits { variables.append("message text; patience int := current_setting('slotscope.patience');") }
    let declare = variables.isEmpty ? "" : "declare \(variables.joined(separator: " ")) "
    let body = SQLText.dollarQuoted(" \(declare)begin\n" + lines.joined(separator: "\n") + "\nend ")
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
      let message = try PlanScriptText.message(check.expects, before: before, found: check.found, hint: check.hint)
      if !check.nudges.isEmpty {
        // What waits for it later says what is missing.
      } else if check.isAdvice {
        lookUp(for: condition)
        let text =
          message.hasPrefix("'") && !message.contains("%") && !message.contains("||") ? message : "'%', \(message)"
        add("if (\(condition)) is not true then", "  raise warning \(text); end if;")
      } else {
        assert(condition, message)
      }
    }
    if check.onlyWhere != nil {
      indent -= 2
      add("end if;")
    }
  }

  /// A short wait, for what is about to come or will not.
  private mutating func poll(_ check: PlanCheck) {
    let nudges = check.nudges.map { "begin perform \(Self.query($0)); exception when others then null; end;" }
    if nudges.isEmpty {
      let condition = check.condition.inLoop
      let isLookedUp = isFresh != nil && condition.contains("here")
      let lookUp = isLookedUp ? "select * into here from pg_replication_slots where slot_name = slot.slot_name; " : ""
      add(
        "for i in 1 .. \(5 * check.patience) loop \(lookUp)exit when \(condition);",
        "  perform pg_stat_clear_snapshot(), pg_sleep(0.2); end loop;")
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

  /// That a new connection has led to the server, and to the database, that are meant.
  mutating func makeSure(of visit: PlanScriptVisit) {
    let database = visit.database.map {
      " and (select oid from pg_database where datname = current_database()) = \($0.oid)"
    }
    assert(
      visit.server.isSame.description + (database ?? ""), "'refused: this is not the server that was checked above'")
  }

  /// Keeps a fact as a setting: what the operator gave, else what the server says; nothing where a right is missing.
  mutating func learn(_ fact: ServerFact) {
    add("begin")
    add("  if current_setting('slotscope.\(fact.name)') = '' then")
    add("    perform set_config('slotscope.\(fact.name)', coalesce(\(fact.expression), ''), false);")
    add("  end if;")
    add("exception when others then null;")
    add("end;")
  }

  // MARK: Slots

  /// For each slot of a list.
  mutating func forEach(
    _ slots: PlanScriptList, in database: String? = nil, _ columns: [SlotColumn] = [],
    _ body: (inout PlanScriptBlock) throws(QuotingError) -> Void
  ) throws(QuotingError) {
    goesThroughSlots = true
    let query = slots.query(columns, in: database)
    add("for slot in \(query[0])", query.dropFirst().map { "  " + $0 }.joined() + " loop")
    indent += 2
    isFresh = false
    try body(&self)
    isFresh = nil
    indent -= 2
    add("end loop;")
  }

  /// The statement of a step for the loop's slot, or of a step by itself: unless it was done before.
  mutating func change(_ step: Step, _ sql: SQL) throws(QuotingError) {
    if step.isDone == "false" { return add("perform \(Self.query(sql));") }
    let done = step.isDone.inLoop
    lookUp(for: done)
    let name = step.row == nil ? "'\(step.id)'" : "slot.slot_name"
    add("if \(done) then", "  raise notice 'done before: %', \(name);")
    add("else perform \(Self.query(sql));")
    if let proof = step.proof, let undo = step.undo {
      // What does not hold afterwards is undone.
      let message = try PlanScriptText.message(
        proof.expects, before: "refused: expected ", found: proof.found)
      indent += 2
      lookUp(for: proof.condition.inLoop, again: true)
      add("if (\(proof.condition.inLoop)) is not true then", "  perform \(Self.query(undo));")
      add("  raise exception '%', \(message); end if;")
      indent -= 2
    }
    add("end if;")
    if isFresh != nil { isFresh = false }
  }

  /// Steps that need to be told something first are left out until then.
  mutating func skip(unless column: SlotColumn) { add("continue when slot.\(column.rawValue) is null;") }

  /// One line where both parts fit, else each on lines of its own.
  private mutating func add(_ first: String, _ second: String) {
    let whole = first + " " + second.drop { $0 == " " }
    if PlanScriptText.fits(whole, indent: indent) { return add(whole) }
    // Each on lines of its own, unless that takes more of them.
    let own = PlanScriptText.lines(first, indent: indent).count + PlanScriptText.lines(second, indent: indent).count
    if PlanScriptText.lines(whole, indent: indent).count < own { return add(whole) }
    add(first)
    add(second)
  }

  private mutating func add(_ line: String) {
    let own = line.prefix { $0 == " " }.count
    lines += PlanScriptText.lines(String(line.dropFirst(own)), indent: indent + own)
  }

  /// PL/pgSQL wants `perform` for a query whose result nobody takes.
  private static func query(_ sql: SQL) -> Substring { sql.inLoop.dropFirst("select ".count) }
}

/// A list of slots, in the psql variable and the setting of its name.
struct PlanScriptList: Hashable {
  var name: String
  var rows: [ListedSlot]

  /// SQL in parts: the rows, as such of `pg_replication_slots`; with what the script was told, or has found out, of each.
  func query(_ told: [SlotColumn] = [], in database: String? = nil) -> [String] {
    let rows = "from json_populate_recordset(null::pg_replication_slots, current_setting('slotscope.\(name)')::json)"
    let place = database.map { " where datoid = \($0)" } ?? ""
    let columns = told.map {
      ", nullif(current_setting('slotscope.\($0.rawValue)')::json ->> slot_name, '')::pg_lsn as \($0.rawValue)"
    }
    return ["select *" + columns.joined(), rows + place]
  }

  /// The lines that set the variable: a line a slot, those of a database together. What an operator may tell of it with -v
  /// goes into an object of its own, by the slot's name.
  func lines(told columns: [SlotColumn]) throws(QuotingError) -> [String] {
    var lines: [String] = []
    for (number, row) in rows.enumerated() {
      let isLast = number + 1 == rows.count
      let text = (number == 0 ? "[" : "") + "{\(Self.members(row).joined(separator: ", "))}" + (isLast ? "]" : ", ")
      var line = "\\set \(name) " + (number == 0 ? "" : ":\(name) ") + (try PsqlText.argument(text))
      for column in columns.map(\.rawValue) {
        line += " \\if :{?\(column)_\(row.slotName)} \\else \\set \(column)_\(row.slotName) '' \\endif"
        let before = (number == 0 ? "'{" : ":told_\(column) '") + "\"\(row.slotName)\": \"'"
        line += " \\set told_\(column) \(before) :\(column)_\(row.slotName) '\"\(isLast ? "}" : ", ")'"
      }
      lines.append(line)
    }
    return lines
  }

  private static func members(_ row: ListedSlot) -> [String] {
    var members = ["\"slot_name\": \"\(row.slotName)\""]
    if let plugin = row.pluginName { members.append("\"plugin\": \"\(plugin)\"") }
    if let database = row.databaseOID { members.append("\"datoid\": \(database)") }
    if let isTwoPhase = row.twoPhase { members.append("\"two_phase\": \(isTwoPhase)") }
    if let isFailover = row.failover { members.append("\"failover\": \(isFailover)") }
    if let lsn = row.restartLSN { members.append("\"restart_lsn\": \"\(lsn)\"") }
    if let lsn = row.confirmedFlush { members.append("\"confirmed_flush_lsn\": \"\(lsn)\"") }
    return members
  }
}
