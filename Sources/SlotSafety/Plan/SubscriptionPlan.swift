import Evidence
import PostgresFormat

/// A subscription that reads from one of the primary's slots, by its subscriber's own files.
struct PlannedSubscription {
  /// Which of the subscribers.
  let member: Int
  let version: ServerVersion
  let oid: OID
  let name: String
  let database: String
  let databaseOID: OID
  let slot: SlotName
  /// As the files have it: what was disabled by somebody stays disabled.
  let isEnabled: Bool

  /// Those whose names are known exactly. A forged slot name is that of no slot of the primary.
  static func all(of subscribers: [Evidence], for primary: Evidence) -> [PlannedSubscription] {
    let slots = Set(primary.slots.compactMap(\.state).filter(\.isLogical).map(\.name))
    var found: [PlannedSubscription] = []
    for (member, subscriber) in subscribers.enumerated() {
      guard let version = subscriber.version, subscriber.isReadable else { continue }
      for row in subscriber.subscriptions.sorted(by: { $0.name < $1.name }) {
        guard let slotName = row.slotName, slots.contains(slotName), let slot = try? SlotName(slotName),
          row.nameIsExact,
          let database = subscriber.database(row.database)?.connectableName
        else { continue }
        found.append(
          PlannedSubscription(
            member: member, version: version, oid: row.oid, name: row.name, database: database,
            databaseOID: row.database, slot: slot,
            isEnabled: row.enabled))
      }
    }
    return found
  }

  // MARK: Steps

  /// Before the promotion: the subscription's slot becomes a failover slot, which needs it disabled.
  func failoverSteps() throws(QuotingError) -> [Step] {
    let isSet = column("subfailover")
    let steps = [
      try step(
        .beforePromotion, "disable", "disable it: its options can be changed only then", "disable",
        isDone: "\(isSet) or not \(column("subenabled"))", after: [idle(unless: isSet)], finding: .a07),
      try step(
        .beforePromotion, "failover", "make its slot \(slot) a failover slot", "set (failover = true)",
        isDone: isSet, after: [PlanCheck("its slot is a failover slot", isSet, found: "'subfailover is off'")],
        finding: .a07),
    ]
    return steps + (isEnabled ? [try enable(.beforePromotion, finding: .a07)] : [])
  }

  /// After the promotion: the subscription goes on at the new primary, if it holds nothing that was left behind there.
  ///
  /// Its position is compared before its connection is changed, so a subscription that points to the new primary has
  /// passed: run again, the script does not compare the position that it has reached since.
  func repointSteps(fork: Fork) throws(QuotingError) -> [Step] {
    let connection = StepInput(
      name: "new_primary_conninfo",
      missing: ["-v new_primary_conninfo='host=... dbname=...': how this subscriber reaches the new primary"],
      isRequired: true)
    let mayRead = PlanCheck(
      "the role may read subconninfo and pg_replication_origin_status",
      "has_column_privilege('pg_subscription', 'subconninfo', 'select') and "
        + "has_table_privilege('pg_replication_origin_status', 'select')",
      found: "'role ' || current_user"
    ).once
    let isRepointed: SQL =
      "(select subconninfo from pg_subscription where oid = \(oid)) = current_setting('slotscope.new_primary_conninfo')"
    let position: SQL =
      "coalesce((select remote_lsn from pg_replication_origin_status where external_id = 'pg_\(oid)'), '0/0')"
    let notAhead = PlanCheck(
      "subscription \(name) holds nothing that the new primary lacks",
      "\(isRepointed) or \(position) <= \(fork.sql)",
      found: "format('applied up to %s', \(position))",
      hint: "Leave it disabled, and resynchronize its tables.")
    var steps = [
      try step(
        .afterPromotion, "disable", "disable it, so that it applies nothing while it is looked at", "disable",
        isDone: "\(isRepointed) or not \(column("subenabled"))", after: [idle(unless: isRepointed), notAhead],
        finding: .n3),
      try step(
        .afterPromotion, "slot", "let it read from slot \(slot)", "set (slot_name = \(slot))",
        isDone: "\(column("subslotname")) = \(slot)", finding: .n5),
      try step(
        .afterPromotion, "connection", "point it to the new primary", "connection", isDone: isRepointed, finding: .n5),
    ]
    steps[2].execution = Step.Execution.result
    steps[2].value = Step.Value.input(connection.name)
    if isEnabled { steps.append(try enable(.afterPromotion, finding: .n5)) }
    for index in steps.indices {
      steps[index].inputs = [fork.input, connection].compactMap { $0 }
      steps[index].preconditions += [mayRead]
    }
    // Before any change as well: a subscription that is ahead is left as it is.
    steps[0].preconditions.append(notAhead)
    return steps
  }

  private func enable(_ stage: PlanStage, finding: RuleID) throws(QuotingError) -> Step {
    var worker = PlanCheck(
      "a worker of subscription \(name) runs",
      "exists (select from pg_stat_subscription where subid = \(oid) and pid is not null)",
      found: "'none: see the server log'", patience: 15, isAdvice: true)
    // The script's last table says whether it does.
    worker.isQuiet = true
    return try step(
      stage, "enable", "enable it", "enable", isDone: column("subenabled"), after: [worker], finding: finding)
  }

  private func step(
    _ stage: PlanStage, _ what: String, _ title: Words, _ change: SQL, isDone: SQL, after: [PlanCheck] = [],
    finding: RuleID
  ) throws(QuotingError) -> Step {
    try SQLText.requireText(database)
    let slots: SQL = stage == .afterPromotion ? "coalesce(subslotname, \(slot))" : "subslotname"
    var step = Step(
      id: "\(stage == .afterPromotion ? "repoint" : "prepare").\(what).\(member + 1).\(oid)", slotName: slot,
      part: PlanPart(.subscriber, member: member, stage), database: database, databaseOID: databaseOID,
      title: "subscription \(name): \(title)",
      preconditions: [
        PlanCheck(
          "subscription \(name) as in the files, with slot \(slot)",
          "exists (select from pg_subscription where oid = \(oid) and subdbid = \(databaseOID) and \(slots) = \(slot) "
            + "and convert_to(subname::text, 'SQL_ASCII') = \(try .bytes(name)))",
          found: "(select format('%s with slot %s', subname, subslotname) from pg_subscription where oid = \(oid))"
        ).once
      ], isDone: isDone, sql: "alter subscription \(try .identifier(name)) \(change)", postconditions: after,
      finding: finding.rawValue)
    step.execution = .alone
    return step
  }

  /// No worker applies anything any more.
  private func idle(unless other: SQL) -> PlanCheck {
    PlanCheck(
      "no worker of subscription \(name) runs",
      "\(other) or not exists (select from pg_stat_subscription where subid = \(oid) and pid is not null)",
      found: "'a worker still runs'", patience: 60)
  }

  private func column(_ name: StaticString) -> SQL { "(select \(name) from pg_subscription where oid = \(oid))" }
}

/// Where the new primary left the timeline that it shared with the old one: known from the files, or told to the script.
struct Fork {
  /// nil where the files know it.
  let input: StepInput?
  /// SQL of type pg_lsn.
  let sql: SQL

  init(_ pair: NodePair) {
    if pair.isPromoted, let fork = pair.standby.currentHistory?.switchPoint(of: pair.timeline) {
      (input, sql) = (nil, "\(fork)::pg_lsn")
    } else {
      let fork = StepInput(
        name: "fork",
        missing: [
          "-v fork=LSN: where the new primary left timeline \(pair.timeline), as its script or its newest .history "
            + "file says"
        ],
        isRequired: true)
      (input, sql) = (fork, "current_setting('slotscope.fork')::pg_lsn")
    }
  }
}

extension NodePair {
  /// The subscriptions of slots that are there after the promotion.
  func repointSteps(_ subscriptions: [PlannedSubscription], _ selection: SlotSelection) throws(QuotingError) -> [Step] {
    let safe = Set(
      selection.slots.map(\.name.description)
        + selection.exclusions.filter { $0.reason == .ready }.map(\.slotName))
    var steps: [Step] = []
    for subscription in subscriptions where safe.contains(subscription.slot.description) {
      steps += try subscription.repointSteps(fork: Fork(self))
    }
    return steps
  }
}
