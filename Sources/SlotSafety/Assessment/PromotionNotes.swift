import Evidence
import PostgresFormat

// The rules about nodes and settings: what is worth knowing beside the verdict on each slot. None of them decides.

/// Other candidates have not received more than this one.
enum OtherCandidates {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a33, .error, "No other follower has received more than the node that is promoted.",
      "Promote the standby that has most."))

  private static func findings(_ failover: Failover) -> [Finding] {
    failover.otherStandbys.compactMap { other in
      guard let end = other.wal.end?.lsn, end > failover.standbyEnd, !failover.isPromoted else { return nil }
      return Finding(
        .a33,
        "\(other.origin.source) has \(ByteCount.text(end.bytes(since: failover.standbyEnd))) more WAL than \(failover.standby.origin.source) and could not follow it.",
        facts: [Fact("WAL ends at \(end)", path: other.origin.source)])
    }
  }
}

/// What keeps catalog rows for the standby's slots.
enum CatalogRowsHeld {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a16, from: .v10, .warning,
      "The physical slot of the standby holds a catalog_xmin while the standby has logical slots, which keeps catalog rows on the primary.",
      "Wait for the standby's next feedback (wal_receiver_status_interval), with hot_standby_feedback on."),
    Rule(
      .a17, .warning,
      "hot_standby_feedback is on at the standby; without it the primary removes catalog rows that its slots need.",
      "Set hot_standby_feedback = on at the standby and reload it."))

  private static func findings(_ failover: Failover) -> [Finding] {
    guard !failover.isPromoted else { return [] }
    let hasLogical = failover.standby.slots.contains { $0.state?.isLogical == true }
    var findings: [Finding] = []
    // What a primary that is down had removed is in its WAL; what it kept in memory only is on no disk.
    if hasLogical, failover.primaryRuns, let physical = failover.physicalSlot, !physical.catalogXmin.isValid {
      findings.append(
        Finding(
          .a16,
          "The standby has logical slots, but its slot \(physical.name) on the primary holds no catalog_xmin.",
          facts: [failover.onPrimary(physical).catalogXmin]))
    }
    if hasLogical || failover.hasLogicalSlots, failover.isKnownOnStandby("hot_standby_feedback"),
      failover.standbySettings.bool("hot_standby_feedback") == false
    {
      findings.append(
        Finding(
          .a17, "hot_standby_feedback is off: the primary removes catalog rows that the standby's slots need.",
          facts: [failover.fact(of: "hot_standby_feedback")]))
    }
    return findings
  }
}

/// What slot synchronization needs, where it is in use.
enum SlotSynchronization {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a07, from: .v17, .warning,
      "The primary's slot asks to be synchronized (failover = true) where synchronization is in use.",
      "Set it with ALTER SUBSCRIPTION ... SET (failover = true) while disabled, or ALTER_REPLICATION_SLOT."),
    Rule(
      .a14, from: .v17, .warning,
      "synchronized_standby_slots on the primary names this standby's physical slot, so that consumers never run ahead of it.",
      "Set synchronized_standby_slots to the standby's physical slot and reload the primary."),
    Rule(
      .a18, from: .v17, .warning,
      "primary_conninfo on the standby names a database, which slot synchronization needs.",
      "Add dbname=... to primary_conninfo and reload the standby."),
    Rule(
      .a19, from: .v17, .warning, "sync_replication_slots is on at the standby, so that its slots keep moving.",
      "Set sync_replication_slots = on at the standby and reload it."))

  private static func findings(_ failover: Failover) -> [Finding] {
    guard !failover.isPromoted else { return [] }
    let logical = failover.primary.slots.compactMap(\.state).filter(\.isUsable)
    let wanted = logical.contains { $0.failover == true }
    let isOn = failover.standbySettings.bool("sync_replication_slots") == true
    var findings: [Finding] = []
    if isOn || wanted {
      for slot in logical where slot.failover == false && TableSynchronizationSlotName(slot.name) == nil {
        // Of a slot that is not there for this very reason its situation tells.
        guard !isOn || failover.copy(of: slot.name)?.state?.isLogical == true else { continue }
        findings.append(
          Finding(
            .a07, slot: slot.name, "\(slot.name) does not ask to be synchronized, while others are.",
            facts: [failover.onPrimary(slot).fact("failover off")], remedy: failover.tooLateToSet))
      }
    }
    guard wanted else { return findings }
    let listed = failover.primarySettings.names("synchronized_standby_slots") ?? []
    if !failover.connectionIsCleared, failover.physicalSlot.map({ !listed.contains($0.name) }) ?? true {
      findings.append(
        Finding(
          .a14,
          "synchronized_standby_slots on the primary does not name this standby's slot: consumers may run ahead of it.",
          facts: [failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary")],
          remedy: failover.toHoldConsumersBack))
    }
    if !failover.connectionIsCleared, !failover.connectionNamesDatabase,
      !failover.standbySettings.isHidden("primary_conninfo")
    {
      findings.append(
        Finding(
          .a18, "primary_conninfo on the standby names no database: synchronization refuses to work.",
          facts: [failover.fact(of: "primary_conninfo")], remedy: failover.tooLateToSet))
    }
    if !isOn {
      findings.append(
        Finding(
          .a19, "sync_replication_slots is off at the standby: its slots move only when somebody calls for it.",
          facts: [failover.fact(of: "sync_replication_slots")], remedy: failover.tooLateToSet))
    }
    return findings
  }
}

/// The primary writes what decoding needs: by its wal_level, and from 19 on by the level that follows the slots.
enum PrimaryLevel {
  static let unit = RuleUnit(
    .note, .notes { finding($0).map { [$0] } ?? [] },
    rules: Rule(
      .a21, .error, "The WAL that the primary writes is at the level of logical decoding.",
      "Set wal_level = logical on the primary and restart it."))

  private static func finding(_ failover: Failover) -> Finding? {
    guard failover.hasLogicalSlots, let control = failover.primary.control else { return nil }
    guard !failover.version.has(.effectiveWALLevel) else {
      guard control.value.checkpoint.logicalDecodingEnabled == false else { return nil }
      return Finding(
        .a21, "Logical decoding was off at the primary's last checkpoint.",
        facts: [Fact("logical decoding off", path: control.path, node: "primary")])
    }
    guard let level = control.value.walLevel, level < WALLevel.logical.rawValue else { return nil }
    return Finding(
      .a21, "The primary's WAL is below the level of logical decoding.",
      facts: [Fact("wal_level \(level)", path: control.path, node: "primary")])
  }
}

/// A connection is left for each consumer and follower.
enum SenderRoom {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a23, .warning, "max_wal_senders on the standby leaves a connection for each consumer and follower.",
      "Raise max_wal_senders on the standby and restart it."))

  private static func findings(_ failover: Failover) -> [Finding] {
    let senders = failover.primary.slots.compactMap(\.state).count {
      $0.persistency == .persistent && $0.invalidation == nil && $0.name != failover.physicalSlot?.name
    }
    guard let limit = failover.standbySettings.integer("max_wal_senders"), limit < Int64(senders) else { return [] }
    return [
      Finding(
        .a23, "\(senders) consumers and followers will connect, and max_wal_senders on the standby is \(limit).",
        facts: [failover.fact(of: "max_wal_senders")])
    ]
  }
}

/// Distances that have grown out of proportion.
enum LongDistances {
  static let unit = RuleUnit(
    .note, .notes { retained($0) + unread($0) }, .notes(toBeReplayed),
    rules: Rule(
      .a28, .warning, "The standby's slots retain less than 10 GB of WAL.",
      "Advance the slots, or let synchronization run."),
    Rule(
      .a31, .warning,
      "Every slot is less than 1 GB behind the end of the primary's WAL; one that nobody reads never becomes ready.",
      "Start its consumer and let it catch up, or drop the slot."),
    Rule(
      .a36, .warning,
      "The standby replays without delay: recovery_min_apply_delay is 0 and replay is not far behind (1 GB).",
      "Set recovery_min_apply_delay = 0 and let the standby catch up."))

  private static func retained(_ failover: Failover) -> [Finding] {
    failover.standby.slots.compactMap(\.state).filter { $0.isUsable && $0.restartLSN.isValid }.compactMap { copy in
      let held = failover.standbyEnd.bytes(since: copy.restartLSN)
      guard held > 10 << 30 else { return nil }
      return Finding(
        .a28, slot: copy.name, "The standby keeps \(ByteCount.text(held)) of WAL for \(copy.name).",
        facts: [failover.onStandby(copy).restart])
    }
  }

  private static func unread(_ failover: Failover) -> [Finding] {
    guard let end = failover.primary.wal.end?.lsn else { return [] }
    return failover.primary.slots.compactMap(\.state).filter(\.isUsable).compactMap { slot in
      let lag = end.bytes(since: slot.confirmedFlush)
      guard lag > 1 << 30 else { return nil }
      return Finding(
        .a31, slot: slot.name, "\(slot.name) is \(ByteCount.text(lag)) behind the primary's WAL.",
        facts: [failover.onPrimary(slot).confirmedFlush])
    }
  }

  private static func toBeReplayed(_ failover: Failover) -> [Finding] {
    guard !failover.isPromoted else { return [] }
    let delay = failover.standbySettings.integer("recovery_min_apply_delay") ?? 0
    let replayed =
      failover.standby.server?.positions.replay
      ?? failover.standby.control.map { max($0.value.minRecoveryPoint, $0.value.checkpoint.redo) } ?? .none
    let lag = failover.standbyEnd.bytes(since: replayed)
    if delay > 0 {
      return [
        Finding(
          .a36, "The standby delays replay by \(delay) ms.", facts: [failover.fact(of: "recovery_min_apply_delay")])
      ]
    }
    guard lag > 1 << 30 else { return [] }
    return [
      Finding(
        .a36, "The standby has \(ByteCount.text(lag)) of WAL that may still be to be replayed.",
        facts: [Fact("replayed at least to \(replayed)", path: "global/pg_control", node: "standby")])
    ]
  }
}

/// What slot creation on a standby waits for.
enum OpenTransactions {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a30, .warning,
      "No transaction has been writing for long at the end of the primary's WAL; slot creation on a standby waits for it.",
      "Let the writing transactions end before making slots."))

  private static func findings(_ failover: Failover) -> [Finding] {
    guard failover.hasLogicalSlots else { return [] }
    var findings: [Finding] = []
    if let server = failover.primary.server, let asked = failover.primary.origin.gatheredAt,
      let oldest = server.transactions.first(where: { $0.xid != nil }), let xid = oldest.xid,
      let since = oldest.startedAt, asked.microseconds(since: since) > 60_000_000
    {
      findings.append(
        Finding(
          .a30, "Transaction \(xid) has been open since \(since) and has written.",
          facts: [Fact("process \(oldest.pid ?? 0)", path: "pg_stat_activity", node: "primary")]))
    }
    // A stopped primary has no running transactions, whatever its WAL says.
    if failover.primaryRuns, let last = failover.primary.stretches.last, last.to == failover.primary.wal.end?.lsn,
      let oldest = last.activity.openTransactions.first, last.to.bytes(since: oldest.first) > 16 << 20
    {
      findings.append(
        Finding(
          .a30,
          "Transaction \(oldest.xid) has been writing for \(ByteCount.text(last.to.bytes(since: oldest.first))) of WAL and has not ended.",
          facts: [Fact("first record at \(oldest.first)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")]
        ))
    }
    return findings
  }
}

/// Who made the slots on the standby.
enum SlotMakers {
  static let unit = RuleUnit(
    .note, .notes { pgFailoverSlots($0) + strangers($0) + none($0) },
    rules: Rule(
      .a34, from: .v11, .warning,
      "pg_failover_slots is not loaded beside other ways of making slots; it drops and rewrites logical slots on a standby.",
      "Choose one mechanism."),
    Rule(
      .a35, .warning,
      "The standby has no logical slot that the primary lacks; leftovers retain WAL, pin rows, and block synchronization after a role change.",
      "Drop the slot if nobody reads from the standby."),
    Rule(
      .a39, .info, "A standby that was just built has no slots: a base backup never brings them.",
      "Make them with \"slotscope plan\"."))

  /// The standby's slots under names that the primary does not have.
  private static func unknown(_ failover: Failover) -> [SlotState] {
    let names = Set(failover.primary.slots.compactMap { $0.state?.name })
    return failover.standby.slots.compactMap(\.state).filter { $0.isUsable && !names.contains($0.name) }
  }

  private static func pgFailoverSlots(_ failover: Failover) -> [Finding] {
    let libraries = IdentifierList.paths(failover.standbySettings["shared_preload_libraries"]?.text ?? "") ?? []
    guard libraries.contains(where: { $0.split(separator: "/").last == "pg_failover_slots" }) else { return [] }
    let isNative =
      failover.standbySettings.bool("sync_replication_slots") == true
      || failover.primary.slots.contains { $0.state?.isUsable == true && $0.state?.failover == true }
    let stranger = unknown(failover).first
    guard isNative || stranger != nil else { return [] }
    let settings = ["drop_extra_slots", "synchronize_slot_names", "standby_slot_names", "standby_slots_min_confirmed"]
      .map { "pg_failover_slots." + $0 }.filter { failover.standbySettings[$0] != nil }
    return [
      Finding(
        .a34,
        isNative
          ? "pg_failover_slots is loaded beside the server's own slot synchronization."
          : "pg_failover_slots is loaded and drops slots that the primary does not have, such as \(stranger?.name ?? "").",
        facts: (["shared_preload_libraries"] + settings).map { failover.fact(of: $0) })
    ]
  }

  private static func strangers(_ failover: Failover) -> [Finding] {
    unknown(failover).map { copy in
      Finding(
        .a35, slot: copy.name,
        copy.failover == true && copy.synced == false
          ? "The standby's \(copy.name) is left from when it was a primary (failover on, synced off); it blocks synchronization."
          : "The standby has \(copy.name), which the primary does not have.",
        facts: [failover.onStandby(copy).restart])
    }
  }

  private static func none(_ failover: Failover) -> [Finding] {
    guard failover.hasLogicalSlots, failover.standby.slots.isEmpty, !failover.isPromoted else { return [] }
    return [
      Finding(
        .a39, "The standby has no slots at all, like every standby that was just built from a base backup.",
        facts: [Fact("no slots", path: "pg_replslot", node: "standby")])
    ]
  }
}

/// Names and databases of the primary's slots.
enum SlotNames {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a37, .warning, "Slot names are those that a server makes, and their databases exist on both nodes.",
      "Compare with pg_database; a name that no server makes was edited or forged."))

  private static func findings(_ failover: Failover) -> [Finding] {
    failover.primary.slots.compactMap(\.state).flatMap { slot -> [Finding] in
      var findings: [Finding] = []
      if !SlotFolderName.isSlotName(slot.name) {
        findings.append(
          Finding(
            .a37, slot: slot.name, "No server makes a slot of the name \(slot.name).",
            facts: [failover.onPrimary(slot).name]))
      }
      if slot.isLogical, !failover.primary.databases.isEmpty, failover.database(slot.database) == nil {
        findings.append(
          Finding(
            .a37, slot: slot.name,
            "The database of \(slot.name) (\(slot.database)) is not in the primary's pg_database.",
            facts: [failover.onPrimary(slot).database], remedy: failover.toNameDatabases))
      }
      return findings
    }
  }
}

/// Traces of an interrupted write.
enum InterruptedWrites {
  static let unit = RuleUnit(
    .note, .notes { failover in failover.nodes.flatMap { findings($0.evidence, node: $0.name) } },
    rules: Rule(
      .a38, .info, "No files are left over from a slot being written, made or dropped.",
      "The next start removes them."))

  private static func findings(_ evidence: Evidence, node: String) -> [Finding] {
    let folders = evidence.slotLeftovers.filter { $0.kind == .temporaryFolder }.map { leftover in
      Finding(
        .a38, "\(leftover.path) on the \(node) is left from a slot being made or dropped.",
        facts: [Fact("present", path: leftover.path, node: node)])
    }
    let writes = evidence.slots.filter(\.hasTemporaryState).map { slot in
      Finding(
        .a38, slot: slot.state?.name ?? slot.directory,
        "An interrupted write left state.tmp beside \(slot.path) on the \(node).",
        facts: [Fact("present", path: slot.path + ".tmp", node: node)])
    }
    return folders + writes
  }
}
