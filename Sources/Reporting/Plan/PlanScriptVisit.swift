import PostgresFormat
import SlotSafety

/// The same step for one slot after the other, or a step by itself.
struct PlanScriptRun {
  var steps: [Step]
  /// nil for a step about no listed slot.
  var list: PlanScriptList?
  /// Which of the list's slots these are.
  var filter: PlanScriptList.Filter = .all
  /// Those of all runs of such steps, which differ in their databases.
  var filterOfAll: PlanScriptList.Filter = .all
  /// No other run of such steps comes after it, in another database.
  var isLastOfKind = true
  var isOnlyOfKind = true
  /// How long its block may take.
  var limit: PlanScriptSettings.Limit {
    if step.isPatient { return .wait }
    return step.execution == .block && step.sql != nil && step.isSpared == nil ? .step : .none
  }

  /// Its statement stands by itself and may wait, for a lock or for another server. A change of the configuration does not, and
  /// a replication command knows no limit: checks before it make sure that it need not wait.
  var mayWaitAlone: Bool {
    !step.reloads && (step.execution == .alone || step.execution == .result)
  }

  var step: Step { steps[0] }
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

extension PlanScriptRun {
  /// Whether a change of the same slots, which waits for what it is told, can follow this one slot by slot.
  func goes(with next: PlanScriptRun) -> Bool {
    [self, next].allSatisfy { $0.step.execution == .block && $0.step.sql != nil && $0.isOnlyOfKind }
      && list != nil && list == next.list && filter == next.filter && told == nil && next.told != nil
      && !limit.isShorter(than: next.limit) && step.part == next.step.part
  }

  /// The checks of a list's slots, those of the same slots together.
  static func checks(
    of runs: [PlanScriptRun], _ list: PlanScriptList
  ) -> [(PlanScriptList.Filter, [(PlanCheck, SlotColumn?)])] {
    var found: [(check: PlanCheck, told: SlotColumn?, rows: [ListedSlot], known: Set<ListedSlot>)] = []
    var places: [String: Int] = [:]
    for run in runs {
      for check in run.specific({ $0.prospects + $0.preconditions }) {
        let rows = run.steps.compactMap(\.row)
        let place = places[check.condition.inLoop, default: found.count]
        if place == found.count {
          places[check.condition.inLoop] = place
          found.append((check, run.told, [], []))
        }
        for row in rows where found[place].known.insert(row).inserted { found[place].rows.append(row) }
      }
    }
    var groups: [(PlanScriptList.Filter, [(PlanCheck, SlotColumn?)])] = []
    for one in found {
      let filter = list.filter(for: one.rows) ?? .names(one.rows)
      if let known = groups.firstIndex(where: { $0.0 == filter }) {
        groups[known].1.append((one.check, one.told))
      } else {
        groups.append((filter, [(one.check, one.told)]))
      }
    }
    return groups
  }
}

/// Runs in a row that share a connection, or one statement that goes through several databases.
struct PlanScriptVisit {
  struct Database: Hashable {
    var name: String
    var oid: OID
  }

  var server: PlannedServer
  /// Where the steps work in one database only; of several, each is connected to in its turn, for the same statement.
  var databases: [Database] = []
  var isReplication: Bool
  var runs: [PlanScriptRun]
  /// Where the visit is to another server: what the script's own is asked, to know whether it is needed.
  var isSpared: StepOutput? { runs.first?.step.isSpared }

  /// Steps of one kind in a row are about different slots, so their order does not matter: they go database by database.
  static func visits(_ plan: Plan, _ steps: [Step]) -> [PlanScriptVisit] {
    let sequences = sequences(of: steps)
    let lists = PlanScriptList.lists(of: sequences.map { $0.compactMap(\.row) })
    var visits: [PlanScriptVisit] = []
    for sequence in sequences {
      guard let first = sequence.first, let server = plan.server(first.node, member: first.part.member) else {
        continue
      }
      let isReplication = first.execution == .replication
      let rows = sequence.compactMap(\.row)
      let list = first.row == nil ? nil : lists.first { $0.filter(for: rows) != nil }
      let databases = databases(of: sequence)
      if let list, visitEach(sequence, list, server, &visits) { continue }
      for oid in databases {
        let same = sequence.filter { $0.databaseOID == oid }
        var run = PlanScriptRun(
          steps: same, list: list, isLastOfKind: oid == databases[databases.count - 1],
          isOnlyOfKind: databases.count == 1)
        if let list {
          run.filter = list.filter(for: same.compactMap(\.row)) ?? .names(same.compactMap(\.row))
          run.filterOfAll = list.filter(for: rows) ?? .all
        }
        let last = visits.count - 1
        // A connection for replication commands takes SQL as well.
        if last >= 0, visits[last].server == server, visits[last].isReplication || !isReplication,
          visits[last].databases.count < 2, oid == nil || visits[last].databases.first?.oid == oid,
          visits[last].isSpared == first.isSpared
        {
          visits[last].runs.append(run)
        } else {
          let database = oid.map { Database(name: same[0].database, oid: $0) }
          visits.append(
            PlanScriptVisit(
              server: server, databases: database.map { [$0] } ?? [], isReplication: isReplication, runs: [run]))
        }
      }
    }
    return visits
  }

  /// One statement for all slots of a list, which has several databases: written once, and sent to each of them. A second change
  /// of each slot, right after the first, is part of it.
  private static func visitEach(
    _ steps: [Step], _ list: PlanScriptList, _ server: PlannedServer, _ visits: inout [PlanScriptVisit]
  ) -> Bool {
    let run = PlanScriptRun(steps: steps, list: list)
    guard run.step.execution == .block, run.step.sql != nil, list.filter(for: steps.compactMap(\.row)) == .all else {
      return false
    }
    var databases: [Database] = []
    for step in steps {
      guard let oid = step.databaseOID else { continue }
      let database = Database(name: step.database, oid: oid)
      if !databases.contains(database) { databases.append(database) }
    }
    if let last = visits.last, last.databases.count > 1, last.server == server, last.runs.count == 1,
      last.runs[0].goes(with: run), databases.isEmpty || Set(databases) == Set(last.databases)
    {
      visits[visits.count - 1].runs.append(run)
      return true
    }
    guard databases.count > 1, steps.allSatisfy({ $0.databaseOID != nil }) else { return false }
    visits.append(PlanScriptVisit(server: server, databases: databases, isReplication: false, runs: [run]))
    return true
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

  private static func databases(of steps: [Step]) -> [OID?] {
    var found: [OID?] = []
    for step in steps where !found.contains(step.databaseOID) {
      found.append(step.databaseOID)
    }
    return found
  }
}

extension PlanCheck {
  fileprivate var isAboutSlot: Bool { condition.isAboutSlot }
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
