import Evidence
import PostgresFormat

/// 17 and later: the slots become failover slots, and the standby's own synchronisation makes the copies and moves them.
///
/// Consumers and the primary first: the slots ask to be synchronised, the standby gets its physical slot. Then the
/// standby's settings, and a wait until every copy is finished. `synchronized_standby_slots` comes last on the primary:
/// set before the standby is connected, it stops every consumer.
extension NodePair {
  /// What happens on the subscribers and the primary before the standby's script.
  func failoverSteps(
    _ slots: [PlannedSlot], _ subscriptions: [PlannedSubscription]
  ) throws(QuotingError) -> [Step] {
    guard !slots.isEmpty else { return [] }
    var steps: [Step] = []
    var others: [Step] = []
    for slot in slots where !slot.hasFailover {
      if let subscription = subscriptions.first(where: { $0.slot == slot.name && $0.version >= .v17 }) {
        steps += try subscription.failoverSteps()
      } else {
        others.append(try alterSlot(slot))
      }
    }
    return steps + others
  }

  /// The standby's steps, and those of the primary that go with them.
  func synchronisationSteps(
    _ slots: [PlannedSlot], _ request: PlanRequest, dropping obstacles: [SlotState]
  ) throws(QuotingError) -> [Step] {
    guard !slots.isEmpty else { return [] }
    let physical = try ownPhysicalSlot() ?? request.physicalSlot
    let changes = try synchronisationSettings().map { $0.step(words) }
    var steps = changes
    if !settings.holdsConsumersBack { steps.append(holdConsumersBack(physical)) }
    // Where no setting is missing, it works already, or will not by this script.
    steps.append(giveItAMoment(slots, isSetUp: changes.isEmpty && hasFeedback && settings.physicalSlot != nil))
    steps.append(letConsumersPass(slots))
    for slot in slots {
      steps.append(awaitCopy(slot, physical, isInTheWay: obstacles.contains { $0.name == slot.name.description }))
    }
    return steps
  }

  // MARK: Primary

  /// For a consumer that is no known subscription: by the replication command, while nobody reads.
  private func alterSlot(_ slot: PlannedSlot) throws(QuotingError) -> Step {
    var step = Step(
      id: "failover.\(slot.name)", slotName: slot.name, part: PlanPart(.primary, .beforePromotion),
      database: slot.database, title: "make it a failover slot",
      preconditions: [
        try slot.databaseCheck(),
        PlanCheck(
          "the primary's slot \(slot.name) as in its files: logical, plugin \(slot.plugin), valid",
          slot.isThere(words), found: slot.foundSlot),
        PlanCheck(
          "nobody reads from \(slot.name) now (the change would wait for its consumer without a limit)",
          "exists (select 1 from pg_replication_slots where slot_name = \(slot.name.literal) and (failover or not active))",
          found:
            "(select 'read by process ' || active_pid from pg_replication_slots where slot_name = \(slot.name.literal))",
          hint:
            "Stop its consumer until this script has run. For a subscription, make the plan with --subscriber instead.",
          patience: 30),
      ], isDone: "(select failover from pg_replication_slots where slot_name = \(slot.name.literal))",
      sql: "ALTER_REPLICATION_SLOT \(slot.name) (FAILOVER true)",
      postconditions: [
        PlanCheck(
          "slot \(slot.name) is a failover slot",
          "(select failover from pg_replication_slots where slot_name = \(slot.name.literal))", found: slot.foundSlot)
      ], finding: RuleID.a07.rawValue)
    step.execution = .replication
    return step
  }

  /// synchronized_standby_slots: consumers of failover slots get nothing that this standby does not have.
  private func holdConsumersBack(_ physical: SlotName) -> Step {
    let list = "regexp_split_to_array(replace(current_setting('synchronized_standby_slots'), '\"', ''), ' *, *')"
    return SettingStep(
      name: "synchronized_standby_slots", part: PlanPart(.primary, .meanwhile), database: maintenanceDatabase,
      title:
        "let no consumer of a failover slot run ahead of the standby (adds \(physical) to synchronized_standby_slots)",
      finding: .a14, isSet: "\(physical.literal) = any (\(list))",
      value: "concat_ws(', ', nullif(current_setting('synchronized_standby_slots'), ''), \(physical.literal))",
      requirements: [
        PlanCheck(
          "the standby is connected through its physical slot \(physical) (else every consumer would stop)",
          Self.isPhysicalSlot(physical, and: "s.active"),
          found: "coalesce(\(Self.foundPhysical(physical)), 'no such slot')",
          hint: "Run the standby's script first, and this one again.", patience: 60)
      ]
    ).step(words)
  }

  /// A copy is finished when the primary's slot has passed what the standby still has: the consumer has to read, and the
  /// primary to log its running transactions.
  private func letConsumersPass(_ slots: [PlannedSlot]) -> Step {
    let names = slots.map(\.name.literal).joined(separator: ", ")
    let behind =
      "from pg_replication_slots s where s.slot_name in (\(names)) and s.restart_lsn < nullif(current_setting('slotscope.mark', true), '')::pg_lsn"
    var passed = PlanCheck(
      "every slot has passed the position at which this step began",
      "current_setting('slotscope.\(Self.unfinished)') = '-' or not exists (select 1 \(behind))",
      found:
        "(select string_agg(format('%s needs WAL from %s', s.slot_name, s.restart_lsn), ', ' order by 1) \(behind))",
      hint: "Its consumer does not read, or a transaction stays open; the copy on the standby waits for it.",
      patience: 20, isAdvice: true)
    passed.nudges = ["select pg_log_standby_snapshot()", Self.wake]
    var step = Step(
      id: "pass", part: PlanPart(.primary, .meanwhile), database: maintenanceDatabase,
      title: "log the running transactions until every consumer has passed this moment", preconditions: [],
      isDone: "current_setting('slotscope.\(Self.unfinished)') = '-'",
      sql: "select set_config('slotscope.mark', \(words.flushedLSN)::text, false)",
      postconditions: [passed], finding: RuleID.l03.rawValue)
    // One that is no failover slot yet becomes one while its consumer is away.
    let before = slots.filter(\.hasFailover)
    guard !before.isEmpty else { return step }
    step.prospects = [Self.canBecomeWhole(before)] + before.map(Self.isRead)
    step.requirements = [Self.canBecomeWhole(before)]
    return step
  }

  // MARK: Standby

  private func synchronisationSettings() throws(QuotingError) -> [SettingStep] {
    let part = PlanPart(.standby, .beforePromotion)
    let database = maintenanceDatabase
    var steps: [SettingStep] = []
    if !settings.connectionNamesDatabase {
      // Appended: the last of two counts, and the rest of the string (with its password) stays as it is.
      let addition = "dbname='\(SQLText.replacing(["\\": "\\\\", "'": "\\'"], in: database))'"
      let current = "current_setting('primary_conninfo')"
      steps.append(
        SettingStep(
          name: "primary_conninfo", part: part, database: database,
          title: "name a database in primary_conninfo, which synchronisation connects to", finding: .a18,
          isSet:
            "\(current) ~ '(^|[[:space:]?&])dbname[[:space:]]*=[[:space:]]*[^[:space:]&]' or \(current) ~ '^postgres(ql)?://[^/?]*/[^/?]'",
          value:
            "case when \(current) ~ '^postgres(ql)?://' then \(current) || case when position('?' in \(current)) > 0"
            + " then '&' else '?' end || 'dbname=' || \(try SQLText.literal(Self.percentEncoded(database)))"
            + " else \(current) || ' ' || \(try SQLText.literal(addition)) end",
          preconditions: [
            PlanCheck(
              "primary_conninfo is set (synchronisation asks the primary)", "\(current) <> ''", found: "'nothing'",
              hint: "Set primary_conninfo, so that the standby streams from its primary.")
          ]))
    }
    if settings.standbySettings.bool("sync_replication_slots") != true {
      steps.append(
        SettingStep(
          name: "sync_replication_slots", part: part, database: database,
          title: "let the standby synchronise failover slots", finding: .a19,
          isSet: "current_setting('sync_replication_slots')::bool", value: "'on'"))
    }
    return steps
  }

  /// Mostly the copies are finished at once, and nothing has to be waited for on the primary.
  private func giveItAMoment(_ slots: [PlannedSlot], isSetUp: Bool) -> Step {
    let names = slots.map(\.name.literal).joined(separator: ", ")
    let isTemporary = "exists (select 1 from pg_replication_slots s where s.slot_name = n and s.temporary)"
    let left =
      "(select coalesce(string_agg(n || case when \(isTemporary) then '\(Self.temporary)' else '' end, ' '), '-')"
      + " from unnest(array[\(names)], array[\(slots.map(\.isSynchronised).joined(separator: ", "))]) as t (n, done)"
      + " where not done)"
    let isDone = "\(left) = '-'"
    var step = Step(
      id: "synchronise", part: PlanPart(.standby, .beforePromotion), database: maintenanceDatabase,
      title: "give synchronisation a moment", preconditions: [], isDone: isDone, sql: "select pg_sleep(5)",
      postconditions: [], output: StepOutput(name: Self.unfinished, expression: left),
      finding: RuleID.l04.rawValue)
    step.prospects = [Self.streams(unless: isDone)] + (isSetUp ? [Self.synchronizes(unless: isDone)] : [])
    return step
  }

  /// The copies that are not finished, as the standby's steps tell those of the primary in the same script: names, those of
  /// temporary copies with ``temporary`` behind them; `-` where there are none.
  static let unfinished = "unfinished_copies"
  static let temporary = "=temporary"

  /// Patient: after an error, such as a setting that was missing, a server may start the synchronising process again only
  /// a minute later, and that one sleeps up to half a minute between two attempts.
  private func awaitCopy(_ slot: PlannedSlot, _ physical: SlotName, isInTheWay: Bool) -> Step {
    let nameIsFree = PlanCheck(
      "the name \(slot.name) is free on the standby, or is a synchronised copy",
      "not exists (select 1 from pg_replication_slots where slot_name = \(slot.name.literal) and not synced)",
      found: slot.foundSlot, hint: "Look at that slot: it stops synchronisation. Drop it if nobody needs it.")
    return Step(
      id: "await.\(slot.name)", slotName: slot.name, part: PlanPart(.standby, .beforePromotion),
      database: maintenanceDatabase, title: "wait until synchronisation has finished its copy",
      preconditions: (isInTheWay ? [] : [nameIsFree]) + slot.hostChecks(words), isDone: slot.isSynchronised, sql: nil,
      postconditions: [
        PlanCheck(
          "the copy of \(slot.name) is synchronised, not temporary, valid, and at \(slot.confirmedFlush) at least",
          slot.isSynchronised, found: "coalesce(\(slot.foundCopy), 'no slot of that name')",
          hint:
            "It is NOT safe to fail over to. The primary's scripts have to run too (the slot has to be a failover slot,"
            + " physical slot \(physical) has to be there), and its consumer has to read; then run this script again.",
          patience: 120)
      ], slotEffect: .logicalSlot(slot.name), finding: (slot.hasFailover ? RuleID.l04 : .l06).rawValue)
  }

  // MARK: Parts

  /// Every byte that a URI could read as something else.
  private static func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + SQLText.hex(byte)
      }
    }
    return result
  }
}
