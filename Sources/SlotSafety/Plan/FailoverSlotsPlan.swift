import Evidence
import PostgresFormat

/// 17 and later: the slots become failover slots, and the standby's own synchronization makes the copies and moves them.
///
/// Consumers and the primary first: the slots ask to be synchronized, the standby gets its physical slot. Then the
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
      if let subscription = subscriptions.first(where: { $0.slot == slot.name && $0.version.has(.slotSynchronization) })
      {
        steps += try subscription.failoverSteps()
      } else {
        others.append(alterSlot(slot))
      }
    }
    return steps + others
  }

  /// The standby's steps, and those of the primary that go with them.
  func synchronizationSteps(
    _ slots: [PlannedSlot], _ request: PlanRequest, dropping obstacles: [SlotState]
  ) throws(QuotingError) -> [Step] {
    guard !slots.isEmpty else { return [] }
    let physical = try ownPhysicalSlot() ?? request.physicalSlot
    let changes = try synchronizationSettings().map { $0.step(words) }
    var steps = changes
    if !settings.holdsConsumersBack { steps.append(holdConsumersBack(physical)) }
    // Where no setting is missing, it works already, or will not by this script.
    let isSetUp = changes.isEmpty && hasFeedback && settings.physicalSlot != nil
    steps.append(
      letConsumersPass(slots, atOnce: isSetUp && settings.holdsConsumersBack && slots.allSatisfy(\.hasFailover)))
    for slot in slots {
      let isInTheWay = obstacles.contains { $0.name == slot.name.description }
      // A slot of the same name ends the worker at each start, until this script has dropped it.
      steps.append(
        awaitCopy(slot, physical, isInTheWay: isInTheWay, workerRuns: isSetUp && obstacles.isEmpty))
    }
    let before = slots.filter(\.hasFailover)
    if !before.isEmpty { steps[steps.count - slots.count].output = Self.finishedCopies(before) }
    return steps
  }

  // MARK: Primary

  /// For a consumer that is no known subscription: by the replication command, while nobody reads.
  private func alterSlot(_ slot: PlannedSlot) -> Step {
    let row = slot.row(words)
    let isSet = row.own("failover")
    var step = Step(
      id: "failover.\(slot.name)", row, part: PlanPart(.primary, .beforePromotion),
      database: slot.database, title: "make it a failover slot",
      preconditions: [
        PlanCheck(
          "the primary's slot \(row.name) as in its files: logical, plugin \(row.plugin), valid",
          row.isThere(words), found: row.found
        ).once,
        PlanCheck(
          "nobody reads from \(row.name): the change would wait without a limit",
          "\(isSet) or not \(row.own("active"))", found: "'process ' || \(row.own("active_pid"))",
          hint: "Stop it until this script has run; for a subscription, plan with --subscriber.", patience: 20),
      ], isDone: isSet, sql: "ALTER_REPLICATION_SLOT \(slot.name.identifier) (FAILOVER true)",
      postconditions: [PlanCheck("slot \(row.name) is a failover slot", isSet, found: row.found)],
      finding: RuleID.a07.rawValue)
    step.execution = .replication
    return step
  }

  /// synchronized_standby_slots: consumers of failover slots get nothing that this standby does not have.
  private func holdConsumersBack(_ physical: SlotName) -> Step {
    SettingStep(
      name: .standbySlots, part: PlanPart(.primary, .meanwhile), database: maintenanceDatabase,
      title: "let no consumer run ahead of the standby (adds \(physical))",
      finding: .a14,
      isSet:
        "\(physical) = any (regexp_split_to_array(replace(current_setting('synchronized_standby_slots'), '\"', ''), ' "
        + "*, *'))",
      value: "concat_ws(', ', nullif(current_setting('synchronized_standby_slots'), ''), \(physical))",
      requirements: [
        PlanCheck(
          "the standby is connected through its physical slot \(physical) (else every consumer would stop)",
          Self.isPhysicalSlot(physical, and: "s.active"), found: Self.foundPhysical(physical),
          hint: "Run the standby's script first, and this one again.", patience: 60)
      ]
    ).step(words)
  }

  /// A copy is finished when the primary's slot has passed what the standby still has: the consumer has to read, and the
  /// primary to log its running transactions.
  private func letConsumersPass(_ slots: [PlannedSlot], atOnce: Bool) -> Step {
    let waiting: SQL =
      "from pg_replication_slots where failover and restart_lsn < current_setting('slotscope.mark')::pg_lsn"
    var passed = PlanCheck(
      "every failover slot to pass this moment", "not exists (select \(waiting))",
      found: "(select string_agg(slot_name, ', ') || ' did not: no consumer, or an open transaction' \(waiting))",
      patience: 20, isAdvice: true)
    passed.isQuiet = true
    passed.nudges = ["select pg_log_standby_snapshot()", Self.wake]
    let unread: SQL = "from pg_replication_slots where failover and not active"
    var step = Step(
      id: "pass", part: PlanPart(.primary, .meanwhile), database: maintenanceDatabase,
      title: "log the running transactions until every consumer has passed this moment", preconditions: [],
      isDone: "false", sql: "select set_config('slotscope.mark', \(words.flushedLSN)::text, false)",
      postconditions: [passed], finding: RuleID.l03.rawValue)
    step.isNudge = atOnce
    // The consumer of a slot that is yet to become a failover slot has to be away until then.
    let read = slots.filter(\.hasFailover).map(\.name)
    if !read.isEmpty { step.prospects = [Self.canBecomeWhole(read)] }
    step.prospects += [
      PlanCheck(
        "a consumer that reads from each failover slot now", "not exists (select \(unread))",
        found: "(select 'nobody from ' || string_agg(slot_name, ', ') \(unread))",
        isAdvice: true)
    ]
    return step
  }

  // MARK: Standby

  private func synchronizationSettings() throws(QuotingError) -> [SettingStep] {
    let part = PlanPart(.standby, .beforePromotion)
    let database = maintenanceDatabase
    var steps: [SettingStep] = []
    if !settings.connectionNamesDatabase {
      // Appended: the last of two counts, and the rest of the string (with its password) stays as it is.
      let addition = "dbname='\(SQLText.replacing(["\\": "\\\\", "'": "\\'"], in: database))'"
      let current: SQL = "current_setting('primary_conninfo')"
      let isURI: SQL = "\(current) ~ '^postgres(ql)?://'"
      steps.append(
        SettingStep(
          name: .conninfo, part: part, database: database,
          title: "name a database in primary_conninfo, which synchronization connects to", finding: .a18,
          isSet:
            "\(current) ~ '(^|[[:space:]?&])dbname[[:space:]]*=[[:space:]]*[^[:space:]&]' or \(current) ~ "
            + "'^postgres(ql)?://[^/?]*/[^/?]'",
          value:
            "case when \(isURI) then \(current) || case when position('?' in \(current)) > 0 then '&' else '?' end || "
            + "'dbname=' || \(try .literal(Self.percentEncoded(database))) else \(current) || ' ' || "
            + "\(try .literal(addition)) end",
          preconditions: [
            PlanCheck(
              "primary_conninfo is set (synchronization asks the primary)", "\(current) <> ''", found: "'nothing'")
          ]))
    }
    if settings.standbySettings.bool("sync_replication_slots") != true {
      steps.append(
        SettingStep(
          name: .synchronization, part: part, database: database,
          title: "let the standby synchronize failover slots", finding: .a19,
          isSet: "current_setting('sync_replication_slots')::bool", constant: "on"))
    }
    return steps
  }

  /// Patient: after an error, such as a setting that was missing, a server may start the synchronizing process again only
  /// a minute later, and that one sleeps up to half a minute between two attempts.
  private func awaitCopy(_ slot: PlannedSlot, _ physical: SlotName, isInTheWay: Bool, workerRuns: Bool) -> Step {
    let row = slot.row(words)
    let nameIsFree = PlanCheck(
      "the name \(row.name) is free on the standby, or is that of a synchronized slot",
      "\(row.isFree) or \(row.own("synced"))", found: row.found, hint: "That slot stops synchronization."
    ).once
    var step = Step(
      id: "await.\(slot.name)", row, part: PlanPart(.standby, .beforePromotion),
      database: maintenanceDatabase, title: "wait until synchronization has finished its slot on the standby",
      preconditions: (isInTheWay ? [] : [nameIsFree]) + row.hostChecks(words), isDone: row.isSynchronized, sql: nil,
      postconditions: [
        PlanCheck(
          "slot \(row.name) synchronized, not temporary, valid, and at \(row.confirmed) at least",
          row.isSynchronized, found: row.found,
          hint: "It is NOT safe to fail over to: run the primary's scripts, and its consumer.",
          patience: 120)
      ], slotEffect: .logicalSlot(slot.name), finding: (slot.hasFailover ? RuleID.l04 : .l06).rawValue)
    step.prospects = [Self.streams] + (workerRuns ? [Self.synchronizes] : [])
    return step
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
