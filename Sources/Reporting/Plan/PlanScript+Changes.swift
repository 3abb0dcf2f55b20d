import PostgresFormat
import SlotSafety

/// The second part of a script: what is changed, with the checks right before it and what must hold then.
extension PlanScript {
  /// Where no dry run is asked for.
  mutating func nudge(_ run: PlanScriptRun) throws(QuotingError) {
    guard let sql = run.step.sql else { return }
    var block = PlanScriptBlock()
    try block.change(run.step, sql)
    try block.check(run.step.postconditions)
    let spared: ScriptText = run.step.isSpared == nil ? "" : "\\elif :answer_done "
    lines += ["\\if :is_dry_run \(spared)\\else \(Self.echo(run))"] + block.text + ["\\endif"]
  }

  mutating func change(_ visit: PlanScriptVisit) throws(QuotingError) {
    var visit = visit
    if visit.server != server { visit.runs.removeAll(where: \.step.isNudge) }
    if visit.runs.isEmpty { return }
    // What goes through several databases is one statement with what its connections begin with.
    if visit.databases.count > 1 { lines += visit.runs.map(Self.echo) }
    try go(to: visit)
    var rest = visit.runs[...]
    while let run = rest.popFirst() {
      if let next = rest.first, run.goes(with: next) {
        try change(run, and: next, visit)
        rest = rest.dropFirst()
      } else {
        try change(run, visit)
      }
    }
    leave(visit)
  }

  /// Two changes of each slot, one after the other: the second where its slot's value was told.
  private mutating func change(
    _ first: PlanScriptRun, and second: PlanScriptRun, _ visit: PlanScriptVisit
  ) throws(QuotingError) {
    guard let list = first.list, let column = second.told else { return }
    if visit.databases.count < 2 { lines += [Self.echo(first), Self.echo(second)] }
    limit(first.limit)
    var block = PlanScriptBlock()
    if place.isNew { block.makeSure(of: visit) }
    let isChecked = place.isChecked
    (place.isNew, place.isChecked) = (false, false)
    let again: (Step) -> [PlanCheck] = { step in
      ((isChecked ? [] : step.preconditions) + step.requirements).filter { !$0.isAskedOnce && !$0.isAdvice }
    }
    try block.check((first.common(again) + second.common(again)).map(\.brief))
    try block.forEach(list, visit.databases.count > 1 ? .here : first.filter, [column]) { block throws(QuotingError) in
      try block.check((first.specific(again) + second.specific(again)).map(\.brief))
      if let sql = first.step.sql { try block.change(first.step, sql) }
      if let sql = second.step.sql { block.change(sql, unlessUntold: column) }
      try block.check(first.specific(\.postconditions))
      try block.check(second.specific(\.postconditions).map { $0.unlessUntold(column) })
    }
    try block.explainLimits(first.step)
    lines += block.text
    try repeatStatement(in: visit)
    try tell(first.step, first)
  }

  private mutating func change(_ run: PlanScriptRun, _ visit: PlanScriptVisit) throws(QuotingError) {
    let step = run.step
    let isInBlock = step.execution == .block
    if visit.databases.count < 2 { lines.append(Self.echo(run)) }
    var block = PlanScriptBlock()
    if place.isNew { block.makeSure(of: visit) }
    place.isNew = false
    let isChecked = place.isChecked
    place.isChecked = false
    // What is told in the course of the script was not known in its first part.
    let toldLate = isForBoth ? run.told.map { "slot.\($0.rawValue)" } : nil
    let again: (Step) -> [PlanCheck] = { step in
      ((isChecked ? [] : step.preconditions) + step.requirements).filter { check in
        let isNew = toldLate.map(check.condition.inLoop.contains) ?? false
        return (isNew || !check.isAskedOnce) && !check.isAdvice
      }
    }
    // What only looks has whichever limit there is.
    if isInBlock || run.step.mayWait(again) { limit(run.limit) }
    try block.check(run.common(again).map(\.brief))
    func each(_ block: inout PlanScriptBlock, _ body: (inout PlanScriptBlock) throws(QuotingError) -> Void)
      throws(QuotingError)
    {
      guard let list = run.list else { return try body(&block) }
      let filter = visit.databases.count > 1 ? .here : run.filter
      try block.forEach(list, filter, run.told.map { [$0] } ?? []) { block throws(QuotingError) in
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
      if run.limit != .none { try block.explainLimits(step) }
      if !block.isEmpty { lines += block.text }
      try repeatStatement(in: visit)
    } else {
      if !before.isEmpty { try each(&block) { block throws(QuotingError) in try block.check(before) } }
      if !block.isEmpty { lines += block.text }
      limit(run.mayWaitAlone ? .step : .none)
      for step in run.steps { try statement(step, mayWait: run.mayWaitAlone) }
      if step.mayWait(\.postconditions) { limit(.none) }
      var block = PlanScriptBlock()
      try block.check(run.common(\.postconditions))
      if !after.isEmpty { try each(&block) { block throws(QuotingError) in try block.check(after) } }
      if !block.isEmpty { lines += block.text }
    }
    for step in run.steps.suffix(1) { try tell(step, run) }
  }

  /// A statement that stands by itself. psql cannot explain why one ended, so the limit of one that may wait is said before it.
  private mutating func statement(_ step: Step, mayWait: Bool) throws(QuotingError) {
    guard let sql = step.sql else { return }
    var (question, text): (SQL, ScriptText) = ("(\(step.isDone)) is true as done", "\(sql)")
    switch step.value {
    case .answer(let value):
      question = "\(question), \(value) as value"
      text = "\(text) :'answer_value'"
    case .input(let name): text = "\(text) :'\(name: name)'"
    case nil: break
    }
    let reload: ScriptText = step.reloads ? " select pg_reload_conf(), pg_sleep(2) \\gset ignored_" : ""
    lines += PlanScriptText.lines("select \(question) \\gset answer_")
    let name = try ScriptText.argument(step.row?.slotName.description ?? step.id)
    let limit: ScriptText = mayWait ? " \\echo 'at most' :step_timeout '(step_timeout)'" : ""
    let otherwise: ScriptText = "\\if :answer_done \\echo 'done before:' \(name) \\else\(limit)"
    text = "\(text);\(reload)"
    lines +=
      step.row == nil
      ? [otherwise] + PlanScriptText.filled([text, "\\endif"]) : ["\(otherwise) \\echo \(name) \\\\ \(text) \\endif"]
  }

  /// Keeps what a step yields, for a later one: on another server, as a quoted value. What the script has no step for is printed
  /// as a table, in which psql shows control characters as escapes.
  private mutating func tell(_ step: Step, _ run: PlanScriptRun) throws(QuotingError) {
    guard let output = step.output, let list = run.list, run.isLastOfKind,
      let column = SlotColumn(rawValue: String(output.name.prefix { $0 != "_" }))
    else { return }
    if told.contains(column), isForBoth {
      lines.append(
        "select json_object_agg(slot_name, confirmed_flush_lsn) as \(name: column.rawValue) from pg_replication_slots \\gset told_"
      )
    } else if part != Plan.standbyPart, plan.steps.contains(where: { $0.inputs.contains { $0.name == output.name } }) {
      let names = list.rows.count > 3 ? list.names() : list.rows.map { "\($0.slotName)" }.joined(by: ", ")
      lines += PlanScriptText.laidOut(
        try Template.lines(PackageResources.positions_sql, ["column": "\(name: column.rawValue)", "names": names]))
    }
  }

  /// What comes now, with the finding that asks for it.
  private static func echo(_ run: PlanScriptRun) -> ScriptText {
    let step = run.step
    let id = run.list == nil ? step.id : String(step.id.prefix { $0 != "." })
    // Without control characters there is no byte that the quoting refuses.
    let words = try? ScriptText.argument(TerminalText.escaped("\(id) (\(step.finding)): \(step.title)"))
    return "\\echo \(words ?? "''")"
  }
}

extension Step {
  /// Whether any of these checks is waited for.
  fileprivate func mayWait(_ checks: (Step) -> [PlanCheck]) -> Bool { checks(self).contains { $0.patience > 0 } }
}
