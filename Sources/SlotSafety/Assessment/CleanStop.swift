package import Evidence
import PostgresFormat

/// A clean stop of the primary that the standby's own WAL shows: it ends with the primary's shutdown checkpoint.
///
/// A primary that is stopped writes a shutdown checkpoint as its last record and waits until the standbys that are connected
/// have it. With `S` the end of the standby's WAL and that record before it, the primary had written nothing beyond `S` by
/// then, so no consumer is past `S`, however much older the evidence of the primary is. A standby writes no WAL of its own:
/// its restartpoints and restarts do not look like this.
///
/// A start after a crash ends its recovery with a record of the same type, and goes on. The counter of OIDs tells the two
/// apart (``OIDCounterEvent``): a clean stop gives back what is left of the batch, so its counter is below the end of the
/// batch that the WAL before it tells; after a crash it is exactly that end. Where the batch was used up, or none was begun
/// since the start, the two look the same and nothing is proven, but for a directory whose own control file says that it was
/// shut down.
///
/// The primary can have been started again and gone on without this standby, or another one promoted. That no file shows; it
/// is the premise ``Premise/primaryDown``. Whatever shows that it was started is an objection: evidence of a server that was started later,
/// a position past `S` in any evidence, another standby with more WAL.
package struct CleanStop: Sendable, Hashable {
  static let unit = RuleUnit(
    .note,
    .notes { ($0.ownNodeFinding ?? $0.cleanStopFinding).map { [$0] } ?? [] },
    rules: Rule(
      .a13CleanStop, .info,
      "The standby's WAL ends with the primary's shutdown checkpoint, where that proves the end.",
      "Nothing to do."),
    Rule(.a13OwnNode, .info, "The standby is the former primary itself, with its own slots.", "Nothing to do."))

  /// The last record of the standby's WAL.
  package var checkpoint: CheckpointEvent
  /// What stands against it; nil where it is proven, for as long as the primary is down.
  package var objection: String?

  /// nil where the standby's WAL ends with another record, or was not read.
  static func find(in failover: Failover) -> CleanStop? {
    let (primary, standby) = (failover.primary, failover.standby)
    guard !failover.isPromoted, standby.walWasRead, let end = standby.wal.end, end.lsn == failover.standbyEnd,
      let last = end.lastRecord, end.isNatural, let stretch = standby.stretches.last, stretch.to == end.lsn,
      let checkpoint = stretch.activity.checkpoints.last, checkpoint.lsn == last, checkpoint.isShutdown,
      checkpoint.timeline == end.timeline, primary.currentTimeline == end.timeline,
      standby.currentTimeline == end.timeline
    else { return nil }
    return CleanStop(
      checkpoint: checkpoint,
      objection: laterWAL(than: end.lsn, failover) ?? recoveryFromCrash(checkpoint, stretch, standby)
        ?? laterStart(than: checkpoint, primary))
  }

  /// Anything that tells of WAL past the end.
  static func laterWAL(than end: LSN, _ failover: Failover) -> String? {
    let primary = failover.primary
    if let theirs = primary.wal.end?.lsn, theirs > end { return "the primary's WAL goes on to \(theirs)" }
    if let slot = primary.slots.compactMap(\.state).first(where: { $0.position > end }) {
      return "the primary's slot \(slot.name) is at \(slot.position), past it"
    }
    if let snapshot = primary.newestSnapshot, snapshot > end {
      return "the primary wrote a snapshot at \(snapshot), past it"
    }
    for slot in primary.slots.compactMap(\.state) {
      if let found = failover.possibleProgress(of: slot).first(where: { $0.lsn > end }) {
        return "\(found.source) has applied changes of \(slot.name) up to \(found.lsn), past it"
      }
    }
    for slot in primary.slots.compactMap(\.state) {
      if let found = failover.stored(of: slot).first(where: { $0.reached > end }) {
        return "the consumer of \(slot.name) has got to \(found.reached) (\(found.source)), past it"
      }
    }
    for other in failover.otherStandbys {
      if let theirs = other.wal.end?.lsn, theirs > end { return "\(other.origin.source) has WAL to \(theirs)" }
    }
    return nil
  }

  /// Evidence of the primary that was gathered after the checkpoint while a server ran.
  private static func laterStart(than checkpoint: CheckpointEvent, _ primary: Evidence) -> String? {
    guard primary.isRunning != false else { return nil }
    // The checkpoint's time is in whole seconds; in the same one, the server's own position tells which came first.
    if let started = primary.server?.startedAt ?? primary.startFiles.postmasterPID?.startTime,
      started >= checkpoint.time
    {
      guard started.microseconds(since: checkpoint.time) < 1_000_000 else {
        return "the primary was started at \(started), after it"
      }
      guard let written = primary.wal.end?.lsn, written <= checkpoint.lsn else {
        return "the primary was started at \(started), in the same second"
      }
    }
    if let control = primary.control?.value, control.checkpointLSN >= checkpoint.lsn {
      return "the primary ran when its last checkpoint was at \(control.checkpointLSN)"
    }
    guard let gathered = primary.origin.gatheredAt else {
      return "when the evidence of the primary was taken is not known"
    }
    guard gathered.microseconds(since: checkpoint.time) < 1_000_000 else {
      return "the primary ran at \(gathered), after it"
    }
    return nil
  }

  /// Whether the record may be that of a start after a crash.
  private static func recoveryFromCrash(
    _ checkpoint: CheckpointEvent, _ stretch: WALStretch, _ standby: Evidence
  ) -> String? {
    if let control = standby.control?.value, control.state == .shutDown, control.checkpointLSN == checkpoint.lsn {
      return nil
    }
    let open = "it may be that of a start after a crash, which goes on"
    guard let counters = stretch.activity.oidCounters,
      let own = counters.last, own.lsn == checkpoint.lsn,
      let before = stretch.activity.checkpoints.dropLast().last, before.redo >= stretch.from
    else { return open }
    // The end of the batch: of the last reservation since the last checkpoint, else as that checkpoint has it.
    let end = counters.dropLast().filter { $0.lsn >= before.redo }.map(\.nextOID.rawValue).max()
    guard let end, end > own.nextOID.rawValue, end - own.nextOID.rawValue <= OIDCounterEvent.batch else { return open }
    return nil
  }
}

extension Failover {
  /// Why older evidence of a running primary is no obstacle.
  var cleanStopFinding: Finding? {
    guard primaryIsDown, let stop = cleanStop, stop.objection == nil else { return nil }
    return Finding(
      .a13CleanStop,
      "The primary was stopped cleanly at \(stop.checkpoint.time): this standby's WAL ends with its shutdown checkpoint at \(stop.checkpoint.lsn), so it has everything that the primary wrote.",
      facts: [
        Fact(
          "last record CHECKPOINT_SHUTDOWN at \(stop.checkpoint.lsn)", path: standby.wal.path ?? "pg_wal",
          node: "standby"),
        Fact("given: \(Premise.primaryDown.sentence)", path: "--assume \(Premise.primaryDown.rawValue)"),
      ])
  }

  /// An HA manager clears both while there is no primary to stream from.
  var connectionIsCleared: Bool {
    primaryIsDown && (standbySettings.text("primary_slot_name") ?? "").isEmpty
      && (standbySettings.text("primary_conninfo") ?? "").isEmpty
  }
}
