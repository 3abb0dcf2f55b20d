package import Evidence
package import PostgresFormat

/// Whose slot it is, as far as its node's files tell.
package enum SlotIdentity: Sendable, Hashable {
  /// Logical, of some consumer.
  case consumer
  /// Physical, of some follower: a standby, pg_receivewal, a backup.
  case follower
  /// A subscription's worker copies one table for the first time with it.
  case tableSynchronization(TableSynchronizationSlotName)
  /// A standby's copy of a slot of its primary.
  case synchronized
  /// Logical, made on the standby itself: its consumer reads from the standby.
  case standbysOwn
  /// It lies beside a backup_label: it came with a copy of another server's directory.
  case cameAlong
  /// Nobody has used it since the newest timeline began.
  case beforeTimeline(begin: LSN)
  /// Never made to the end, or still being made.
  case unfinished
  /// It ends with its session.
  case temporary
  /// 19: the server's own, for the detection of conflicts at a subscriber.
  case conflictDetection

  /// A stable word.
  package var word: String {
    switch self {
    case .consumer: "consumer"
    case .follower: "follower"
    case .tableSynchronization: "table_synchronization"
    case .synchronized: "synchronized"
    case .standbysOwn: "standbys_own"
    case .cameAlong: "came_along"
    case .beforeTimeline: "before_timeline"
    case .unfinished: "unfinished"
    case .temporary: "temporary"
    case .conflictDetection: "conflict_detection"
    }
  }

  static let unit = RuleUnit(
    .note, .nodeSlot([.valid, .walMissing, .beyondEnd], check),
    rules: Rule(
      .slotTableSynchronization, from: .v10, .info,
      "The slot is a consumer's: not one by which a subscription copies a table for the first time (pg_SUBID_sync_RELID_SYSID).",
      "Its worker drops it when the table is ready, and makes another one wherever it connects; if the table is ready, or the subscription gone, drop it."
    ),
    Rule(
      .slotCameAlong, .warning,
      "The slot was made on this server: it did not come along with a copy of another one's directory.",
      "Before the first start move its folder out of pg_replslot, or drop it afterwards: it retains WAL for a consumer that does not know this server."
    ),
    Rule(
      .slotBeforeTimeline, .info, "Its consumer has used it since the newest timeline began.",
      "If its consumer does not know this server, drop it; else compare what it has before it goes on (slotscope audit)."
    ))

  /// What the node tells of one of its slots; nil where its file cannot be read.
  package static func of(_ slot: SlotEvidence, in evidence: Evidence) -> SlotIdentity? {
    guard let state = slot.state else { return nil }
    if state.persistency == .temporary { return .temporary }
    if !state.isLogical, state.name == "pg_conflict_detection", state.restartLSN == .none { return .conflictDetection }
    if state.persistency == .ephemeral || state.isLogical && state.invalidation == nil && !state.confirmedFlush.isValid
    {
      return .unfinished
    }
    if state.isLogical, state.plugin == "pgoutput", let name = TableSynchronizationSlotName(state.name) {
      return .tableSynchronization(name)
    }
    if evidence.isCopyWithSlots { return .cameAlong }
    if evidence.role == .standby, state.isLogical { return state.synced == true ? .synchronized : .standbysOwn }
    if state.isUsable, evidence.role == .primary, evidence.filesAreKnown, state.synced != true,
      let begin = evidence.currentHistory?.ancestors.last?.switchPoint, state.position < begin
    {
      return .beforeTimeline(begin: begin)
    }
    return state.isLogical ? .consumer : .follower
  }

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, let identity = slot.identity else { return nil }
    func note(_ rule: RuleID, _ message: String, _ fact: String, _ path: String) -> Outcome {
      .note(Finding(rule, slot: slot.name, message, facts: [Fact(fact, path: path)]))
    }
    switch identity {
    case .tableSynchronization(let name):
      return note(
        .slotTableSynchronization,
        "Slot \(slot.name) is not a consumer's: subscription \(name.subscription) of the cluster \(name.systemIdentifier) copies its table \(name.relation) for the first time with it.",
        "name \(state.name)", slot.evidence.path)
    case .cameAlong:
      let exclusive =
        node.evidence.version?.has(.onlyOnlineBackups) == false
        ? ", or this server was stopped during an exclusive backup" : ""
      return note(
        .slotCameAlong,
        "Slot \(slot.name) lies beside a backup_label: it came along with a copy of another server's directory (pg_basebackup leaves slots out)\(exclusive).",
        "present", "backup_label")
    case .beforeTimeline(let begin):
      return note(
        .slotBeforeTimeline,
        "Slot \(slot.name) is at \(state.position), before timeline \(node.timeline ?? TimelineID(0)) began at \(begin): nobody has used it since. It may have come along with a copy or a backup, or its consumer has not found this server.",
        "position \(state.position)", slot.evidence.path)
    default: return nil
    }
  }
}

extension Evidence {
  /// A copy that was taken with the slots of the server that it is of, and was not started since.
  fileprivate var isCopyWithSlots: Bool { filesAreKnown && startFiles.backupLabelPresent && isRunning != true }
}
