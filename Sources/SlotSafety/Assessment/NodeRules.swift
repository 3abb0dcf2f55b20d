import Evidence
import PostgresFormat

/// The rules about nodes and settings: what is worth knowing beside the verdict on each slot. None of them alone decides.
enum NodeRules {
  static func all(_ failover: FailoverCase) -> [Finding] {
    let slots = failover.primary.slots.compactMap(\.state).filter {
      $0.persistency == .persistent && $0.invalidation == nil
    }
    let logical = slots.filter(\.isLogical)
    let copies = failover.standby.slots.compactMap(\.state)
      .filter(\.isUsable)
    let rules = [
      streaming(failover, logical), synchronisation(failover, logical), limits(failover, slots, copies),
      wal(failover, logical, copies), transactions(failover, logical), mechanisms(failover, logical, copies),
      names(failover), leftovers(failover), DurableEnd.doubts(failover),
    ]
    return rules.flatMap { $0 }
  }

  /// A15, A16, A17: what keeps WAL and catalog rows for the standby.
  static func streaming(_ failover: FailoverCase, _ logical: [SlotState]) -> [Finding] {
    guard !failover.isPromoted else { return [] }
    var findings = StandbysOwnSlot.findings(failover)
    let hasLogical = failover.standby.slots.contains { $0.state?.isLogical == true }
    // What a primary that is down had removed is in its WAL; what it kept in memory only is on no disk.
    if hasLogical, failover.primaryRuns, let physical = failover.physicalSlot, !physical.catalogXmin.isValid {
      findings.append(
        Finding(
          .a16,
          "The standby has logical slots, but its slot \(physical.name) on the primary holds no catalog_xmin.",
          facts: [failover.onPrimary(physical).catalogXmin(physical)]))
    }
    if hasLogical || !logical.isEmpty, failover.standbySettings.bool("hot_standby_feedback") == false {
      findings.append(
        Finding(
          .a17, "hot_standby_feedback is off: the primary removes catalog rows that the standby's slots need.",
          facts: [failover.fact(of: "hot_standby_feedback", in: failover.standbySettings, node: "standby")]))
    }
    return findings
  }

  /// A07, A14, A18, A19: what slot synchronisation needs, where it is in use.
  static func synchronisation(_ failover: FailoverCase, _ logical: [SlotState]) -> [Finding] {
    guard failover.version >= FailoverCase.firstWithSynchronisation, !failover.isPromoted else { return [] }
    var findings: [Finding] = []
    let wanted = logical.filter { $0.failover == true }
    let isOn = failover.standbySettings.bool("sync_replication_slots") == true
    if isOn || !wanted.isEmpty {
      for slot in logical where slot.failover == false && TableSynchronizationSlotName(slot.name) == nil {
        findings.append(
          Finding(
            .a07, slot: slot.name, "\(slot.name) does not ask to be synchronised, while others are.",
            facts: [failover.onPrimary(slot).fact("failover off")], remedy: failover.tooLateToSet))
      }
    }
    guard !wanted.isEmpty else { return findings }
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
          .a18, "primary_conninfo on the standby names no database: synchronisation refuses to work.",
          facts: [failover.fact(of: "primary_conninfo", in: failover.standbySettings, node: "standby")],
          remedy: failover.tooLateToSet))
    }
    if !isOn {
      findings.append(
        Finding(
          .a19, "sync_replication_slots is off at the standby: its copies move only when somebody calls for it.",
          facts: [failover.fact(of: "sync_replication_slots", in: failover.standbySettings, node: "standby")],
          remedy: failover.tooLateToSet))
    }
    return findings
  }

  /// A20, A21, A22, A23: what the standby must offer once it is the primary.
  static func limits(_ failover: FailoverCase, _ slots: [SlotState], _ copies: [SlotState]) -> [Finding] {
    var findings: [Finding] = []
    let logical = slots.filter(\.isLogical)
    if !logical.isEmpty, failover.version < effectiveLevel {
      if let level = failover.standbySettings.walLevel, level < .logical {
        findings.append(
          Finding(
            .a20, "wal_level is \(level.name) in the standby's configuration.",
            facts: [failover.fact(of: "wal_level", in: failover.standbySettings, node: "standby")]))
      }
      if let control = failover.primary.control, let level = control.value.walLevel, level < WALLevel.logical.rawValue {
        findings.append(
          Finding(
            .a21, "The primary's WAL is below the level of logical decoding.",
            facts: [Fact("wal_level \(level)", path: control.path, node: "primary")]))
      }
    } else if !logical.isEmpty, failover.primary.control?.value.checkpoint.logicalDecodingEnabled == false {
      findings.append(
        Finding(
          .a21, "Logical decoding was off at the primary's last checkpoint.",
          facts: [Fact("logical decoding off", path: "global/pg_control", node: "primary")]))
    }
    if let room = failover.slotRoom {
      findings.append(
        Finding(
          .a22, "The standby needs \(room.needed) replication slots and may have \(room.limit).",
          facts: [failover.fact(of: "max_replication_slots", in: failover.standbySettings, node: "standby")]))
    }
    let senders = slots.count { $0.name != failover.physicalSlot?.name }
    if let limit = failover.standbySettings.integer("max_wal_senders"), limit < Int64(senders) {
      findings.append(
        Finding(
          .a23, "\(senders) consumers and followers will connect, and max_wal_senders on the standby is \(limit).",
          facts: [failover.fact(of: "max_wal_senders", in: failover.standbySettings, node: "standby")]))
    }
    return findings
  }

  /// A28, A31, A36: distances that have grown out of proportion.
  static func wal(_ failover: FailoverCase, _ logical: [SlotState], _ copies: [SlotState]) -> [Finding] {
    var findings: [Finding] = []
    for copy in copies {
      let held = failover.standbyEnd.bytes(since: copy.restartLSN)
      if copy.restartLSN.isValid, held > 10 << 30 {
        findings.append(
          Finding(
            .a28, slot: copy.name, "The standby keeps \(ByteCount.text(held)) of WAL for \(copy.name).",
            facts: [failover.onStandby(copy).restart(copy)]))
      }
    }
    if let end = failover.primary.wal.end?.lsn {
      for slot in logical where end.bytes(since: slot.confirmedFlush) > 1 << 30 {
        findings.append(
          Finding(
            .a31, slot: slot.name,
            "\(slot.name) is \(ByteCount.text(end.bytes(since: slot.confirmedFlush))) behind the primary's WAL.",
            facts: [failover.onPrimary(slot).confirmedFlush(slot)]))
      }
    }
    guard !failover.isPromoted else { return findings }
    let delay = failover.standbySettings.integer("recovery_min_apply_delay") ?? 0
    let replayed =
      failover.standby.server?.positions.replay
      ?? failover.standby.control.map { max($0.value.minRecoveryPoint, $0.value.checkpoint.redo) } ?? .none
    let behind = failover.standbyEnd.bytes(since: replayed)
    if delay > 0 {
      findings.append(
        Finding(
          .a36, "The standby delays replay by \(delay) ms.",
          facts: [failover.fact(of: "recovery_min_apply_delay", in: failover.standbySettings, node: "standby")]))
    } else if behind > 1 << 30 {
      findings.append(
        Finding(
          .a36, "The standby has \(ByteCount.text(behind)) of WAL that may still be to be replayed.",
          facts: [Fact("replayed at least to \(replayed)", path: "global/pg_control", node: "standby")]))
    }
    return findings
  }

  /// A29, A30: what slot creation waits for.
  static func transactions(_ failover: FailoverCase, _ logical: [SlotState]) -> [Finding] {
    guard !logical.isEmpty else { return [] }
    var findings: [Finding] = []
    let prepared = failover.openPreparedTransactions
    if let first = prepared.first {
      findings.append(
        Finding(
          .a29,
          "\(prepared.count) prepared transaction\(prepared.count == 1 ? " is" : "s are") open; making a slot waits for \(prepared.count == 1 ? "it" : "them").",
          facts: [Fact("prepared: \(first.gid)", path: first.path, node: first.node)]))
    }
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

  /// A34, A35, A39: who made the slots on the standby.
  static func mechanisms(_ failover: FailoverCase, _ logical: [SlotState], _ copies: [SlotState]) -> [Finding] {
    var findings: [Finding] = []
    let names = Set(failover.primary.slots.compactMap { $0.state?.name })
    let libraries = IdentifierList.paths(failover.standbySettings["shared_preload_libraries"]?.text ?? "") ?? []
    if libraries.contains(where: { $0.split(separator: "/").last == "pg_failover_slots" }) {
      let isNative =
        failover.standbySettings.bool("sync_replication_slots") == true || logical.contains { $0.failover == true }
      let stranger = copies.first { !names.contains($0.name) }
      if isNative || stranger != nil {
        let settings = [
          "drop_extra_slots", "synchronize_slot_names", "standby_slot_names", "standby_slots_min_confirmed",
        ]
        .filter { failover.standbySettings["pg_failover_slots." + $0] != nil }
        findings.append(
          Finding(
            .a34,
            isNative
              ? "pg_failover_slots is loaded beside the server's own slot synchronisation."
              : "pg_failover_slots is loaded and drops slots that the primary does not have, such as \(stranger?.name ?? "").",
            facts: [failover.fact(of: "shared_preload_libraries", in: failover.standbySettings, node: "standby")]
              + settings.map {
                failover.fact(of: "pg_failover_slots." + $0, in: failover.standbySettings, node: "standby")
              }))
      }
    }
    for copy in copies where !names.contains(copy.name) {
      let isLeftover = copy.failover == true && copy.synced == false
      findings.append(
        Finding(
          .a35, slot: copy.name,
          isLeftover
            ? "The standby's \(copy.name) is left from when it was a primary (failover on, synced off); it blocks synchronisation."
            : "The standby has \(copy.name), which the primary does not have.",
          facts: [failover.onStandby(copy).restart(copy)]))
    }
    if !logical.isEmpty, failover.standby.slots.isEmpty, !failover.isPromoted {
      findings.append(
        Finding(
          .a39, "The standby has no slots at all, like every standby that was just built from a base backup.",
          facts: [Fact("no slots", path: "pg_replslot", node: "standby")], remedy: failover.withoutPrimary))
    }
    return findings
  }

  /// A37: names and databases.
  static func names(_ failover: FailoverCase) -> [Finding] {
    failover.primary.slots.compactMap(\.state).flatMap { slot -> [Finding] in
      var findings: [Finding] = []
      if !SlotFolderName.isSlotName(slot.name) {
        findings.append(
          Finding(
            .a37, slot: slot.name, "No server makes a slot of the name \(slot.name).",
            facts: [failover.onPrimary(slot).fact("name \(slot.name)", 16)]))
      }
      if slot.isLogical, !failover.primary.databases.isEmpty, failover.primary.databaseName(slot.database) == nil {
        findings.append(
          Finding(
            .a37, slot: slot.name,
            "The database of \(slot.name) (\(slot.database)) is not in the primary's pg_database.",
            facts: [failover.onPrimary(slot).database(slot)]))
      }
      return findings
    }
  }

  /// A38: traces of an interrupted write.
  static func leftovers(_ failover: FailoverCase) -> [Finding] {
    leftovers(failover.primary, node: "primary") + leftovers(failover.standby, node: "standby")
  }

  private static func leftovers(_ evidence: Evidence, node: String) -> [Finding] {
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

  /// From 19 on the level follows the slots.
  private static let effectiveLevel = ServerVersion.v19
}
