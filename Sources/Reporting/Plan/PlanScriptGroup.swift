import SlotSafety

/// One step, or the same step for several slots of a list.
struct PlanScriptRun {
  var steps: [Step]
  var slots: [PlannedSlot]
  /// The one step; of several, what they have in common.
  var step: Step
  /// The psql variable with the list; nil for one step.
  var list: String?
  /// What a list's steps ask of the server.
  var common: CommonChecks?
}

/// Steps in a row that share a session.
struct PlanScriptGroup {
  var server: PlannedServer
  var database: String
  var isReplication: Bool
  var runs: [PlanScriptRun]

  /// Steps of one kind in a row are about different slots, so their order does not matter: they go database by database.
  static func groups(_ plan: Plan, _ steps: [Step]) -> [PlanScriptGroup] {
    var lists: [[PlannedSlot]] = []
    let slots = Dictionary(plan.slots.map { ($0.name, $0) }) { first, _ in first }
    var groups: [PlanScriptGroup] = []
    for sequence in sequences(of: steps) {
      for database in databases(of: sequence) {
        let same = sequence.filter { $0.database == database }
        guard let first = same.first, let server = plan.server(first.node, member: first.part.member) else { continue }
        let runs = Self.runs(same, slots, &lists)
        let isReplication = first.execution == .replication
        if let last = groups.last, last.server == server, last.database == database, last.isReplication == isReplication
        {
          groups[groups.count - 1].runs += runs
        } else {
          groups.append(
            PlanScriptGroup(server: server, database: database, isReplication: isReplication, runs: runs))
        }
      }
    }
    return groups
  }

  private static func kind(_ step: Step) -> [String] {
    [step.part.name, step.execution.rawValue, step.slotName == nil ? step.id : String(step.id.prefix { $0 != "." })]
  }

  /// Subscriptions have steps that follow one another; those of the other nodes are named after their kind.
  private static func sequences(of steps: [Step]) -> [[Step]] {
    var sequences: [[Step]] = []
    for step in steps {
      if let last = sequences.last?.last, kind(last) == kind(step), step.node != .subscriber {
        sequences[sequences.count - 1].append(step)
      } else {
        sequences.append([step])
      }
    }
    return sequences
  }

  private static func databases(of steps: [Step]) -> [String] {
    var names: [String] = []
    for step in steps where !names.contains(step.database) { names.append(step.database) }
    return names
  }

  private static func runs(
    _ steps: [Step], _ slots: [SlotName: PlannedSlot], _ lists: inout [[PlannedSlot]]
  ) -> [PlanScriptRun] {
    var found: [(template: SlotTemplate?, common: CommonChecks?, steps: [Step], slots: [PlannedSlot])] = []
    for step in steps {
      let slot = step.slotName.flatMap { slots[$0] }
      let template = SlotTemplate(step, slot)
      if let template, let slot, let index = found.firstIndex(where: { $0.template?.step == template.step }) {
        found[index].common?.add(template.common)
        found[index].steps.append(step)
        found[index].slots.append(slot)
      } else {
        found.append((template, template?.common, [step], slot.map { [$0] } ?? []))
      }
    }
    return found.map { run in
      guard let template = run.template, run.steps.count > 1 else {
        return PlanScriptRun(steps: run.steps, slots: run.slots, step: run.steps[0])
      }
      if !lists.contains(run.slots) { lists.append(run.slots) }
      let number = (lists.firstIndex(of: run.slots) ?? 0) + 1
      return PlanScriptRun(
        steps: run.steps, slots: run.slots, step: template.step, list: "slots_\(number)", common: run.common)
    }
  }
}
