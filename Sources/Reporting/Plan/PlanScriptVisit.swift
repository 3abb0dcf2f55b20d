import PostgresFormat
import SlotSafety

/// The same step for one slot after the other, or a step by itself.
struct PlanScriptRun {
  var steps: [Step]
  /// nil for a step about no listed slot.
  var list: PlanScriptList?
  /// No other run of such steps comes after it, in another database.
  var isLastOfKind = true
  var isOnlyOfKind = true
  /// It changes something by a statement in a block.
  var isLimited: Bool { step.execution == .block && step.sql != nil }

  var step: Step { steps[0] }
  /// The database whose slots of the list these are; nil: all of the list, from any database.
  var database: String? { step.databaseOID?.description }
  /// The column that the steps have to be told.
  var told: SlotColumn? {
    list == nil ? nil : step.inputs.first.flatMap { SlotColumn(rawValue: String($0.name.prefix { $0 != "_" })) }
  }
  /// Checks that are not about a slot: those of all steps, each once.
  func common(_ checks: (Step) -> [PlanCheck]) -> [PlanCheck] {
    var found: [PlanCheck] = []
    for check in steps.flatMap(checks) where !check.isAboutSlot && !found.contains(check) { found.append(check) }
    return found
  }
  func specific(_ checks: (Step) -> [PlanCheck]) -> [PlanCheck] { checks(step).filter(\.isAboutSlot) }
}

/// Runs in a row that share a connection.
struct PlanScriptVisit {
  var server: PlannedServer
  /// Where the steps work in one database only.
  var database: (name: String, oid: String)?
  var isReplication: Bool
  var runs: [PlanScriptRun]

  /// Steps of one kind in a row are about different slots, so their order does not matter: they go database by database.
  static func visits(_ plan: Plan, _ steps: [Step]) -> [PlanScriptVisit] {
    var lists: [PlanScriptList] = []
    var visits: [PlanScriptVisit] = []
    for sequence in sequences(of: steps) {
      guard let first = sequence.first, let server = plan.server(first.node, member: first.part.member) else {
        continue
      }
      let isReplication = first.execution == .replication
      let list = first.row == nil ? nil : Self.list(sequence.compactMap(\.row), &lists)
      let databases = databases(of: sequence)
      for oid in databases {
        let same = sequence.filter { $0.databaseOID?.description == oid }
        let run = PlanScriptRun(
          steps: same, list: list, isLastOfKind: oid == databases[databases.count - 1],
          isOnlyOfKind: databases.count == 1)
        let last = visits.count - 1
        // A connection for replication commands takes SQL as well.
        if last >= 0, visits[last].server == server, visits[last].isReplication || !isReplication,
          oid == nil || visits[last].database?.oid == oid
        {
          visits[last].runs.append(run)
        } else {
          let database = oid.map { (same[0].database, $0) }
          visits.append(
            PlanScriptVisit(server: server, database: database, isReplication: isReplication, runs: [run]))
        }
      }
    }
    return visits
  }

  private static func sequences(of steps: [Step]) -> [[Step]] {
    var sequences: [[Step]] = []
    for step in steps {
      if let last = sequences.last?.last, step.row != nil, last.isLike(step) {
        sequences[sequences.count - 1].append(step)
      } else {
        sequences.append([step])
      }
    }
    return sequences
  }

  private static func databases(of steps: [Step]) -> [String?] {
    var found: [String?] = []
    for step in steps where !found.contains(step.databaseOID?.description) {
      found.append(step.databaseOID?.description)
    }
    return found
  }

  private static func list(_ rows: [ListedSlot], _ lists: inout [PlanScriptList]) -> PlanScriptList {
    if let known = lists.first(where: { $0.rows == rows }) { return known }
    let list = PlanScriptList(name: lists.isEmpty ? "slots" : "slots_\(lists.count + 1)", rows: rows)
    lists.append(list)
    return list
  }
}

extension PlanCheck {
  fileprivate var isAboutSlot: Bool { condition.isAboutSlot }
}

extension PlanScriptList {
  /// SQL: the names alone.
  var namesQuery: String {
    "select j ->> 'slot_name' from json_array_elements(current_setting('slotscope.\(name)')::json) j"
  }
}

extension Step {
  /// Whether it does the same for another slot.
  fileprivate func isLike(_ other: Step) -> Bool {
    func texts(_ step: Step) -> [String] {
      let checks = [
        step.preconditions, step.prospects, step.requirements, step.postconditions, [step.proof].compactMap { $0 },
      ]
      return [step.isDone.inLoop, step.sql.map(\.inLoop) ?? ""]
        + checks.flatMap { $0.filter(\.isAboutSlot).map(\.condition.inLoop) }
    }
    func kind(_ step: Step) -> Substring { step.id.prefix { $0 != "." } }
    guard row != nil, other.row != nil, part == other.part, kind(self) == kind(other), execution == other.execution
    else { return false }
    return execution == .replication || texts(self) == texts(other)
  }
}
