import Evidence
import PostgresFormat

/// What a standby needs for logical slots of either kind: a physical slot on the primary, through which it streams, and
/// feedback of what its slots need. Only what its files lack is set.
extension NodePair {
  /// The primary's steps.
  func connectionSteps(_ request: PlanRequest) throws(QuotingError) -> [Step] {
    try physicalSlot(request).map { [makePhysicalSlot($0)] } ?? []
  }

  /// The standby's steps.
  func connectionSettings(_ request: PlanRequest, slotsByHand: Bool) throws(QuotingError) -> [Step] {
    let part = PlanPart(.standby, .beforePromotion)
    let database = maintenanceDatabase
    let physical = try ownPhysicalSlot() ?? request.physicalSlot
    var steps: [SettingStep] = []
    if try ownPhysicalSlot() == nil {
      steps.append(
        SettingStep(
          name: .slotName, part: part, database: database,
          title: "stream through physical slot \(physical) of the primary", finding: .a15,
          isSet: "current_setting('primary_slot_name') = \(physical)", constant: "\(physical)",
          preconditions: [
            PlanCheck(
              "primary_slot_name is empty, as in the standby's files, or \(physical)",
              "current_setting('primary_slot_name') in ('', \(physical))",
              found: "current_setting('primary_slot_name')",
              hint: "Plan again from its present files.")
          ]))
    }
    if !hasFeedback {
      steps.append(
        SettingStep(
          name: .feedback, part: part, database: database,
          title: "tell the primary which catalog rows the standby's slots need", finding: .a17,
          isSet: "current_setting('hot_standby_feedback')::bool", constant: "on"))
    }
    if slotsByHand, (settings.standbySettings.integer("idle_replication_slot_timeout") ?? 0) > 0 {
      steps.append(
        SettingStep(
          name: .idleTimeout, part: part, database: database,
          title: "let no slot die of idleness: nobody reads from one made by hand before the promotion", finding: .a26,
          isSet: "(select setting::int from pg_settings where name = 'idle_replication_slot_timeout') = 0",
          constant: "0"))
    }
    return steps.map { $0.step(words) }
  }

  /// Whether the standby's files have hot_standby_feedback on.
  var hasFeedback: Bool { settings.standbySettings.bool("hot_standby_feedback") == true }

  /// The standby's own physical slot, by its primary_slot_name.
  func ownPhysicalSlot() throws(QuotingError) -> SlotName? {
    guard let name = settings.standbySettings.text("primary_slot_name"), !name.isEmpty else { return nil }
    return try SlotName(name)
  }

  /// The name of the physical slot that the primary lacks; nil where it has the standby's.
  private func physicalSlot(_ request: PlanRequest) throws(QuotingError) -> SlotName? {
    settings.physicalSlot == nil ? try ownPhysicalSlot() ?? request.physicalSlot : nil
  }

  private func makePhysicalSlot(_ name: SlotName) -> Step {
    let row = ListedSlot(name)
    let isThere = Self.isPhysicalSlot(name, and: words.isValid("s"))
    return Step(
      id: "physical.\(name)", slotName: nil, part: PlanPart(.primary, .beforePromotion), database: maintenanceDatabase,
      title: "make physical slot \(name), which keeps what the standby needs",
      preconditions: [
        PlanCheck(
          "the name \(name) is free, or is a valid physical slot", "\(row.isFree) or \(isThere)",
          found: Self.foundPhysical(name), hint: "Choose another name with --physical-slot."
        ).once
      ], isDone: isThere, sql: "select pg_create_physical_replication_slot(\(name), true)",
      postconditions: [PlanCheck("physical slot \(name) is there", isThere, found: Self.foundPhysical(name))],
      slotEffect: .physicalSlot(name), finding: RuleID.a15.rawValue)
  }

  /// SQL: there is a physical slot of this name, of which the condition over `pg_replication_slots s` holds.
  static func isPhysicalSlot(_ name: SlotName, and condition: SQL) -> SQL {
    "exists (select from pg_replication_slots s where s.slot_name = \(name) and s.slot_type = 'physical' and "
      + "\(condition))"
  }

  /// What a server has under the name of a physical slot, for the message of a refusal.
  static func foundPhysical(_ name: SlotName) -> SQL {
    "(select format('a %s slot, restart_lsn %s, active %s', slot_type, restart_lsn, active) from pg_replication_slots "
      + "where slot_name = \(name))"
  }
}
