import PostgresFormat
package import SlotSafety

/// A plan as a JSON document (`slotscope.plan/1`).
///
/// SQL stands as it runs. What only the moment of execution has is read from settings named `slotscope.…`, which the
/// script sets and another program may set alike; `inputs` and `output` name them.
package enum PlanJSON {
  /// The same plan as the scripts, step by step.
  package static func document(_ plan: Plan) -> JSONValue {
    [
      "schema": .string(Plan.schema),
      "approach": .string(plan.approach.rawValue),
      "servers": .list(plan.servers, server),
      "slots": .list(plan.slots) { slot in
        [
          "slot_name": .text(slot.name), "plugin": .text(slot.plugin), "database": .string(slot.database),
          "two_phase": .bool(slot.twoPhase), "confirmed_flush_lsn": ["at_least": .text(slot.confirmedFlush)],
          "approach": .string(slot.approach.rawValue),
        ]
      },
      "scripts": .list(plan.parts) { .string($0.name) },
      "steps": .list(plan.steps, step),
      "exclusions": .list(plan.exclusions) { exclusion in
        [
          "slot_name": .string(exclusion.slotName), "reason": .string(exclusion.reason.rawValue),
          "message": .string(exclusion.sentence), "remedy": .text(exclusion.remedy),
          "relations": .list(exclusion.changes?.rows ?? []) { .text($0.relation) },
        ]
      },
      "kept_slots": .list(plan.keptSlots) { kept in
        ["slot_name": .text(kept.name), "reason": .string(kept.reason), "sql": .string(kept.sql.description)]
      },
      "primary_is_stopped": .bool(plan.primaryIsStopped),
    ]
  }

  private static func server(_ server: PlannedServer) -> JSONValue {
    [
      "node": .string(server.node.rawValue), "member": .number(server.member + 1),
      "major": .string(server.version.name),
      "system_identifier": .string(String(server.systemIdentifier)), "timeline_id": .number(server.timeline.rawValue),
      "checks": .list(server.checks, check),
      "facts": .list(server.facts) { ["name": .string($0.name), "sql": .string($0.expression.description)] },
    ]
  }

  private static func step(_ step: Step) -> JSONValue {
    [
      "id": .string(step.id), "node": .string(step.node.rawValue), "member": .number(step.part.member + 1),
      "stage": .string(step.stage.rawValue), "script": .string(step.part.name),
      "slot_name": .text(step.slotName), "database": .string(step.database), "title": .string(step.title.description),
      "sql": .text(sql(step)), "execution": .string(step.execution.rawValue), "reload": .bool(step.reloads),
      "done_when": .string(step.isDone.description), "proof": step.proof.map(check) ?? .null,
      "undo_sql": .text(step.undo),
      "precondition": .list(step.preconditions, check), "prospect": .list(step.prospects, check),
      "requirement": .list(step.requirements, check),
      "postcondition": .list(step.postconditions, check),
      "inputs": .list(step.inputs) { .string($0.name) },
      "output": step.output.map { ["name": .string($0.name), "sql": .string($0.expression.description)] } ?? .null,
      "finding": .string(step.finding),
    ]
  }

  /// For a statement that ends with a value: a query whose one value is the statement, to be run by itself.
  private static func sql(_ step: Step) -> String? {
    guard let sql = step.sql, let value = step.value else { return step.sql?.description }
    let text =
      switch value {
      case .answer(let expression): expression.description
      case .input(let name): "current_setting('slotscope.\(name)')"
      }
    return "select \(SQLText.dollarQuoted("\(sql) ")) || quote_literal(\(text))"
  }

  private static func check(_ check: PlanCheck) -> JSONValue {
    [
      "expects": .string(check.expects.description),
      "sql": .string(
        (check.onlyWhere.map { "not (\($0)) or \(check.condition)" as SQL } ?? check.condition).description),
      "found_sql": .string(check.found.description), "hint": .text(check.hint), "wait_seconds": .number(check.patience),
      "advice": .bool(check.isAdvice), "while_waiting": .list(check.nudges) { .string($0.description) },
    ]
  }
}
