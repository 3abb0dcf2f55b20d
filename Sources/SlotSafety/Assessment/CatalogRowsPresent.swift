import Evidence
package import PostgresFormat

/// Invariant: the catalog rows that decoding needs are still there when the standby has replayed all that it received.
///
/// With `x` the copy's catalog_xmin: no clean-up of catalog rows of its database with a horizon at or after `x` is
/// replayed. From 16 the standby invalidates the slot when one is, and the file says so; what was received but may not
/// have been replayed yet is looked through here. What was replayed before the slot was there invalidates nothing: a state
/// file that was copied to the standby may be older than a clean-up. So all WAL from the copy's restart_lsn on is looked
/// through; `x` belongs to no earlier position, and a slot that was there all the time is invalid after any such record.
/// The same goes for records that end logical decoding on a standby: a lower wal_level, or the database's end. Before 16
/// nothing tells that rows are gone.
package enum CatalogRowsPresent {
  /// At risk for every copy before 16.
  package static func judge(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> Judgement {
    guard failover.version >= FailoverCase.firstWithStandbySlots else {
      return .fails(
        .atRisk, "copied as files: nothing tells whether its catalog rows are still there",
        [
          Finding(
            .l11, slot: slot.name,
            "\(copy.name) was copied to the standby as files; before 16 nothing tells whether the catalog rows it needs are there.",
            facts: [failover.onStandby(copy).catalogXmin(copy)])
        ])
    }
    // A server that was promoted would have given it up.
    if failover.isPromoted, failover.standby.server != nil { return .holds() }
    guard let control = failover.standby.control?.value else {
      return .fails(.unknown, "the standby's control file is unreadable", [])
    }
    // A running standby had replayed up to here when it still showed the slot as valid.
    let redo = failover.standby.server?.positions.replay ?? min(control.checkpoint.redo, failover.standbyEnd)
    var verdict = scan(
      copy, from: redo, to: failover.standbyEnd, knowledge: failover.standbyWAL, node: "standby", failover)
    // Whether all of this can be read is for ``WALPresent`` to say.
    if verdict.isReady, failover.standby.server == nil, copy.restartLSN.isValid {
      verdict = scan(
        copy, from: copy.restartLSN, to: redo, knowledge: failover.standbyWAL, node: "standby", isReplayed: true,
        failover)
    }
    // What the standby can still fetch from an archive or stream counts as well.
    let receivesMore =
      !failover.isPromoted
      && (failover.standbySettings.text("restore_command")?.isEmpty != true || failover.primaryRuns)
    guard verdict.isReady, receivesMore else { return verdict }
    guard let end = failover.primaryEnd else { return keptOnPrimary(copy, slot, failover) }
    if end > failover.standbyEnd {
      verdict = scan(
        copy, from: failover.standbyEnd, to: end, knowledge: failover.changes, node: "primary", failover)
    }
    return verdict
  }

  /// What is in WAL that nobody has seen yet, the primary's slots decide: it removes no row that the standby's physical
  /// slot holds by the standby's feedback, or its own slot of that name.
  private static func keptOnPrimary(_ copy: SlotState, _ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    let holders = [failover.physicalSlot, slot].compactMap { $0 }.filter { $0.invalidation == nil }
    guard !holders.contains(where: { $0.catalogXmin.isValid && !copy.catalogXmin.precedes($0.catalogXmin) }) else {
      return .holds()
    }
    let comes = failover.primaryRuns && failover.standbySettings.bool("hot_standby_feedback") == true
    return .fails(
      comes ? .waiting : .atRisk, "nothing on the primary keeps the catalog rows that its copy needs",
      [
        Finding(
          .a16, slot: copy.name,
          "The standby may receive WAL that is not known here, and no slot of the primary keeps the catalog rows that \(copy.name) needs.",
          facts: [failover.onStandby(copy).catalogXmin(copy)] + holders.map { failover.onPrimary($0).catalogXmin($0) })
      ])
  }

  private static func scan(
    _ copy: SlotState, from: LSN, to: LSN, knowledge: WALKnowledge, node: String, isReplayed: Bool = false,
    _ failover: FailoverCase
  ) -> Judgement {
    let (parts, isComplete) = knowledge.pieces(from: from, to: to)
    let walPath = (node == "standby" ? failover.standby : failover.primary).wal.path ?? "pg_wal"
    func gone(_ reason: String, _ message: String, _ fact: String) -> Judgement {
      .fails(
        .atRisk, reason,
        [
          Finding(
            .a10, slot: copy.name, message,
            facts: [
              Fact(fact, path: walPath, node: node),
              failover.onStandby(copy).catalogXmin(copy),
            ],
            remedy: "Let the standby replay what it has and look at the slot again; an invalid copy must be made anew.")
        ])
    }
    for part in parts {
      let activity = part.stretch.activity
      func isHere(_ lsn: LSN) -> Bool { lsn >= part.from && lsn < part.to }
      if let cleanup = activity.conflicts(database: copy.database, catalogXmin: copy.catalogXmin, from: part.from)
        .first(where: { $0.first < part.to })
      {
        return gone(
          isReplayed
            ? "its copy was put there after catalog rows that it needs were removed"
            : "replaying what the standby received may invalidate its copy",
          isReplayed
            ? "Catalog rows up to transaction \(cleanup.horizon) were removed behind the restart_lsn of \(copy.name), and it is still valid: its file was not on the standby then."
            : "Replay from \(from) on may invalidate \(copy.name): catalog rows up to transaction \(cleanup.horizon) were removed.",
          "catalog rows removed at \(cleanup.last), horizon \(cleanup.horizon)")
      }
      if let drop = activity.databaseChanges.first(where: {
        isHere($0.lsn) && $0.database == copy.database && $0.operation == .drop
      }) {
        return gone(
          "its database is dropped in WAL that the standby received",
          "The database of \(copy.name) is dropped at \(drop.lsn).",
          "database \(copy.database) dropped at \(drop.lsn)")
      }
      if let lsn = activity.endOfLogicalDecoding(where: isHere) {
        return gone(
          "logical decoding ends in WAL that the standby received",
          "At \(lsn) the primary's WAL falls below the level of logical decoding, which invalidates \(copy.name).",
          "logical decoding off at \(lsn)")
      }
      if activity.eventsOmitted || !activity.relationsComplete {
        return .fails(.unknown, "WAL not replayed yet cannot all be looked through", [])
      }
    }
    guard isComplete || isReplayed else {
      return .fails(
        .unknown, "WAL that the standby has still to replay cannot all be read",
        [
          Finding(
            .a10, slot: copy.name,
            "Whether replay invalidates \(copy.name) is open: not all WAL from \(from) to \(to) could be read.",
            facts: [Fact("to be read from \(from)", path: walPath, node: node)])
        ])
    }
    return .holds()
  }
}

extension WALActivity {
  /// Where the WAL begins to lack what decoding needs.
  func endOfLogicalDecoding(where isHere: (LSN) -> Bool) -> LSN? {
    let logical = WALLevel.logical.rawValue
    // 19 tells it by a record of its own, whatever wal_level says.
    if let off = logicalDecodingChanges.first(where: { isHere($0.lsn) && !$0.isEnabled }) { return off.lsn }
    if let off = checkpoints.first(where: { isHere($0.lsn) && $0.logicalDecodingEnabled == false }) { return off.lsn }
    let knowsStatus = checkpoints.contains { $0.logicalDecodingEnabled != nil }
    guard !knowsStatus else { return nil }
    if let low = parameterChanges.first(where: { isHere($0.lsn) && $0.parameters.walLevel < logical }) {
      return low.lsn
    }
    return checkpoints.first { isHere($0.lsn) && ($0.walLevel ?? logical) < logical }?.lsn
  }
}
