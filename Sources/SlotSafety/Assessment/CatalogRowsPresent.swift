import Evidence
import PostgresFormat

/// Invariant: the catalog rows that decoding needs are still there when the standby has replayed all that it received.
///
/// With `x` the copy's catalog_xmin: no clean-up of catalog rows of its database with a horizon at or after `x` is
/// replayed. From 16 the standby invalidates the slot when one is, and the file says so; what was received but may not
/// have been replayed yet is looked through here. What was replayed before the slot was there invalidates nothing: a state
/// file that was copied to the standby may be older than a clean-up. So all WAL from the copy's restart_lsn on is looked
/// through; `x` belongs to no earlier position, and a slot that was there all the time is invalid after any such record.
/// The same goes for records that end logical decoding on a standby: a lower wal_level, or the database's end. Before 16
/// nothing tells that rows are gone.
enum CatalogRowsPresent {
  static let unit = RuleUnit(
    .catalogRows, .slot([.present, .carriedOver, .alone], check),
    rules: Rule(
      .a10Replay, from: .v16, .error, "What the standby has still to replay does not invalidate its slot.",
      "Let the standby replay what it has and look at the slot again; an invalid one must be made anew."),
    Rule(
      .a16Slot, from: .v16, .warning,
      "A slot of the primary keeps the catalog rows that the standby's slot needs, where more WAL may come.",
      "Wait for the standby's next feedback (wal_receiver_status_interval), with hot_standby_feedback on."),
    Rule(
      .l11, until: .v15, .error,
      "A slot that was copied as files: nothing tells whether its catalog rows are still there.",
      "Compare the consumer's data after promotion, or make a new slot on the new primary."))

  /// At risk for every copy before 16.
  private static func check(_ c: SlotCase) -> Outcome? {
    let failover = c.failover
    guard let copy = c.copy else { return nil }
    guard failover.version.has(.logicalSlotsOnStandby) else {
      return c.fails(
        .atRisk, "copied as files: nothing tells whether its catalog rows are still there", .l11,
        "\(copy.name) was copied to the standby as files; before 16 nothing tells whether the catalog rows it needs are there.",
        [c.onStandby.catalogXmin])
    }
    // A server that was promoted would have invalidated it.
    if failover.isPromoted, !failover.standby.walWasRead { return nil }
    guard let control = failover.standby.control?.value else {
      return .fails(.unknown, "the standby's control file is unreadable", nil)
    }
    // A running standby had replayed up to here when it still showed the slot as valid.
    let redo = failover.standby.server?.positions.replay ?? min(control.checkpoint.redo, failover.standbyEnd)
    let (wal, end) = (failover.standbyWAL, failover.standbyEnd)
    if let gone = scan(c, copy, from: redo, to: end, wal, node: "standby") { return gone }
    // Whether all of this can be read is for ``WALPresent`` to say.
    if failover.standby.walWasRead, copy.restartLSN.isValid,
      let gone = scan(c, copy, from: copy.restartLSN, to: redo, wal, node: "standby", isReplayed: true)
    {
      return gone
    }
    // What the standby can still fetch from an archive or stream counts as well.
    let receivesMore =
      !failover.isPromoted
      && (failover.standbySettings.text("restore_command")?.isEmpty != true || failover.primaryRuns)
    guard receivesMore else { return nil }
    guard let primaryEnd = failover.primaryEnd else { return keptOnPrimary(c, copy) }
    return primaryEnd > end ? scan(c, copy, from: end, to: primaryEnd, failover.changes, node: "primary") : nil
  }

  /// What is in WAL that nobody has seen yet, the primary's slots decide: it removes no row that the standby's physical
  /// slot holds by the standby's feedback, or its own slot of that name.
  private static func keptOnPrimary(_ c: SlotCase, _ copy: SlotState) -> Outcome? {
    let failover = c.failover
    let holders = [failover.physicalSlot, c.slot].compactMap { $0 }.filter { $0.invalidation == nil }
    guard !holders.contains(where: { $0.catalogXmin.isValid && !copy.catalogXmin.precedes($0.catalogXmin) }) else {
      return nil
    }
    let comes = failover.primaryRuns && failover.standbySettings.bool("hot_standby_feedback") == true
    return c.fails(
      comes ? .waiting : .atRisk, "nothing on the primary keeps the catalog rows that the standby's slot needs",
      .a16Slot,
      "The standby may receive WAL that is not known here, and no slot of the primary keeps the catalog rows that \(copy.name) needs.",
      [c.onStandby.catalogXmin] + holders.map { failover.onPrimary($0).catalogXmin })
  }

  /// What invalidates the slot in a range, or cannot be told of it; nil where nothing does.
  private static func scan(
    _ c: SlotCase, _ copy: SlotState, from: LSN, to: LSN, _ knowledge: WALKnowledge, node: String,
    isReplayed: Bool = false
  ) -> Outcome? {
    let (parts, isComplete) = knowledge.pieces(from: from, to: to)
    let walPath = (node == "standby" ? c.failover.standby : c.failover.primary).wal.path ?? "pg_wal"
    func gone(_ headline: String, _ message: String, _ fact: String) -> Outcome {
      c.fails(.atRisk, headline, .a10Replay, message, [Fact(fact, path: walPath, node: node), c.onStandby.catalogXmin])
    }
    for part in parts {
      let activity = part.stretch.activity
      func isHere(_ lsn: LSN) -> Bool { lsn >= part.from && lsn < part.to }
      if let cleanup = activity.conflicts(database: copy.database, catalogXmin: copy.catalogXmin, from: part.from)
        .first(where: { $0.first < part.to })
      {
        return gone(
          isReplayed
            ? "the standby's slot was put there after catalog rows that it needs were removed"
            : "replaying what the standby received may invalidate its slot",
          isReplayed
            ? "Catalog rows up to transaction \(cleanup.horizon) were removed after the restart_lsn of \(copy.name), and it is still valid: its file was not on the standby then."
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
        return .fails(.unknown, "WAL not replayed yet cannot all be looked through", nil)
      }
    }
    guard !isComplete, !isReplayed else { return nil }
    return c.fails(
      .unknown, "WAL that the standby has still to replay cannot all be read", .a10Replay,
      "Whether replay invalidates \(copy.name) is open: not all WAL from \(from) to \(to) could be read.",
      [Fact("to be read from \(from)", path: walPath, node: node)])
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
