import Evidence
import PostgresFormat

/// Invariant: the standby's slot is the primary's, not another of that name.
///
/// Its database and plugin are the same, and so is two_phase: a consumer that relies on PREPARE being sent gets commits
/// only from a slot without it.
enum SameSlot {
  static let unit = RuleUnit(
    .identity, .slot([.present, .carriedOver, .startsLater], check),
    rules: Rule(
      .a08, .error,
      "The standby's slot of that name is the same one: database, plugin and two_phase agree.",
      "Drop it on the standby and make it anew."))

  /// Whether synchronization took the copy from this slot, and not from an earlier one of the same name.
  ///
  /// A slot never goes back, and its restart_lsn counts for others only when it is on disk. So a copy that is ahead of the
  /// slot's final state was taken from another one, dropped since; the slot itself was copied from one further back. The same goes
  /// for one that is ahead of what a running primary shows, which is asked after its standbys (``Evidence/take(later:copies:)``).
  /// Of a killed primary the file lags behind what was confirmed. A slot that is made writes its file: so the copy is of this
  /// slot if the file was last written before the copy was taken (``wasTaken(_:after:in:)``).
  static func isTaken(_ copy: SlotState, from slot: SlotState, in failover: Failover) -> Bool {
    // After the promotion it is a slot like any other, which anybody may have moved.
    guard copy.synced == true, slot.failover == true, !failover.isPromoted else { return false }
    // A slot that was looked at while its server ran went on afterwards.
    guard failover.cleanStop == nil else { return true }
    if failover.primary.positionsAreLive { return copy.confirmedFlush <= slot.confirmedFlush }
    guard failover.primaryEnd != nil else { return true }
    if copy.confirmedFlush > slot.confirmedFlush {
      guard wasTaken(copy, after: slot, in: failover) || byClocks(copy, of: slot, in: failover)?.state == .given else {
        return false
      }
    }
    return !slot.restartLSN.isValid || copy.restartLSN <= slot.restartLSN
  }

  /// Whether a killed primary wrote the slot's file before the standby's copy was taken. A position is confirmed after the commits
  /// before it, whose times are of the primary's clock, as those of its files are: but for those of an earlier timeline, which another
  /// node may have made. A copied file may have the time of its copying, which the control file gives away.
  private static func wasTaken(_ copy: SlotState, after slot: SlotState, in failover: Failover) -> Bool {
    guard !SlotView.isExact(in: failover.primary), failover.primary.keepsFileTimes,
      let written = failover.original(of: slot.name)?.modifiedAt
    else { return false }
    let began = failover.primary.currentTimeline.flatMap {
      failover.primary.history(of: $0).ancestors.last?.switchPoint
    }
    return failover.changes.lastTime(from: began ?? .none, before: copy.confirmedFlush).map {
      $0.microseconds(since: written) >= written.granularity
    } ?? false
  }

  /// ``Premise/clocksAgree``, where only the times of both nodes' files tell that the copy was taken after the slot's file was
  /// written; nil elsewhere.
  static func byClocks(_ copy: SlotState, of slot: SlotState, in failover: Failover) -> SlotPremise? {
    guard copy.synced == true, slot.failover == true, !failover.isPromoted, failover.cleanStop == nil,
      !failover.primary.positionsAreLive, failover.primaryEnd != nil, copy.confirmedFlush > slot.confirmedFlush,
      !SlotView.isExact(in: failover.primary), !wasTaken(copy, after: slot, in: failover),
      failover.primary.keepsFileTimes, failover.standby.keepsFileTimes,
      let written = failover.original(of: slot.name)?.modifiedAt,
      let taken = failover.copy(of: slot.name)?.modifiedAt, written <= taken
    else { return nil }
    return .asked(
      .clocksAgree, in: failover, "that the standby's slot is this one, times of two machines' files show")
  }

  private static func check(_ c: SlotCase) -> Outcome? {
    guard let copy = c.copy else { return nil }
    let (slot, there, here) = (c.slot, c.onPrimary, c.onStandby)
    var differences: [(String, Fact, Fact)] = []
    if copy.database != slot.database { differences.append(("database", there.database, here.database)) }
    if copy.plugin != slot.plugin {
      differences.append(("plugin", there.fact("plugin \(slot.plugin)"), here.fact("plugin \(copy.plugin)")))
    }
    let twoPhase = (slot.twoPhase ?? false, copy.twoPhase ?? false)
    if twoPhase.0 != twoPhase.1 {
      differences.append(
        ("two_phase", there.fact("two_phase \(twoPhase.0)"), here.fact("two_phase \(twoPhase.1)")))
    }
    guard !differences.isEmpty else { return nil }
    let what = differences.map(\.0).joined(separator: ", ")
    return c.fails(
      .atRisk, "the standby's slot of that name is another one (\(what))", .a08,
      "The standby's \(slot.name) differs from the primary's: \(what).", differences.flatMap { [$0.1, $0.2] },
      c.failover.withoutPrimary)
  }
}

/// Invariant: positions only move forward, and not past what there is.
///
/// A copy's confirmed_flush lies at or before the end of the standby's WAL, and at or before the end of the primary's
/// where that bounds anything; its restart_lsn at or before its confirmed_flush. Anything else was not written by a
/// server that has this WAL.
enum ForwardOnly {
  static let unit = RuleUnit(
    .identity, .slot([.present, .alone], check),
    rules: Rule(
      .a04Position, .error, "The positions of the standby's slot are some that a server with its WAL writes.",
      "Look at the slot on the running standby, or make it anew."))

  /// Unknown where a position does not fit.
  private static func check(_ c: SlotCase) -> Outcome? {
    guard let copy = c.copy else { return nil }
    let (failover, name, facts) = (c.failover, copy.name, c.onStandby)
    func fails(
      _ message: String, _ more: [Fact], headline: String = "the positions of the standby's slot do not fit its WAL"
    ) -> Outcome { c.fails(.unknown, headline, .a04Position, message, more) }

    guard copy.confirmedFlush.isValid else {
      return fails("The standby's \(name) has no confirmed position.", [facts.confirmedFlush])
    }
    let end = min(failover.standbyEnd, failover.primaryEnd ?? failover.standbyEnd)
    if copy.confirmedFlush > failover.standbyEnd, let found = failover.standby.wal.end?.lsn,
      copy.confirmedFlush <= found
    {
      return fails(
        "The standby's \(name) has moved on to \(copy.confirmedFlush); where it was when the standby's WAL ended at \(failover.standbyEnd) is open.",
        [facts.confirmedFlush], headline: "its slot on the standby has moved past the position that was asked about")
    }
    guard copy.confirmedFlush <= end else {
      return fails(
        "The standby's \(name) starts at \(copy.confirmedFlush), past the end of its WAL (\(end)).",
        [
          facts.confirmedFlush,
          Fact("WAL ends at \(end)", path: failover.standby.wal.path ?? "pg_wal", node: "standby"),
        ])
    }
    guard copy.restartLSN <= copy.confirmedFlush else {
      return fails(
        "The standby's \(name) would read again from after its own position.", [facts.restart, facts.confirmedFlush])
    }
    return nil
  }
}

extension Evidence {
  /// Whether its files have the times of their last change, and not of a copy: the control file says itself when it was written.
  fileprivate var keepsFileTimes: Bool {
    guard let control, let modified = control.modifiedAt else { return false }
    return (-2_000_000...2_000_000).contains(modified.microseconds(since: control.value.time))
  }
}

extension Timestamp {
  /// By how much a file may be younger than its time, in microseconds: archives keep whole seconds, file systems the time of the
  /// kernel's last tick.
  fileprivate var granularity: Int64 { unixMicroseconds % 1_000_000 == 0 ? 1_000_000 : 20_000 }
}
