import Evidence
import PostgresFormat

/// What to do about a slot on the standby, by what can still be done: without a primary that runs nobody makes one there or
/// moves it, while replay is paused neither does synchronization, and what is set already is not to be set again.
extension Failover {
  /// Whether synchronization brings the standby's copy of a slot along by itself: the slot asks for it, both nodes are set up for
  /// it, and the primary is there to be asked.
  func synchronizes(_ slot: SlotState) -> Bool {
    primaryRuns && slot.failover == true && canSynchronize && standbySettings.bool("sync_replication_slots") == true
      && !replayIsPaused
  }

  /// By the running standby's own word.
  var replayIsPaused: Bool { standby.server?.positions.replayIsPaused == true }

  /// A primary was given, and it does not run any more.
  var primaryIsGone: Bool {
    primary.control != nil && !isPromoted && !primaryRuns && (primary.isRunning == false || primaryIsDown)
  }

  /// In place of the hint to make a slot, or to wait for one; nil where a primary may run.
  var withoutPrimary: String? {
    primaryIsGone
      ? "The primary is down, and without it no slot is made or moved here. After the promotion \"slotscope plan\" makes a slot for a consumer that provably misses nothing."
      : nil
  }

  /// In place of the hint to set what only a running primary and its standby use; nil where a primary may run.
  var tooLateToSet: String? {
    primaryIsGone ? "The primary is down: it changes nothing of this promotion. Set it for the next primary." : nil
  }

  /// What to do about an invalidated copy (A10, L12).
  func toMakeAnew(_ copy: SlotState) -> String {
    if let withoutPrimary { return withoutPrimary }
    let resume =
      replayIsPaused ? "Let replay go on first (pg_wal_replay_resume): while it is paused no slot is made. " : ""
    guard copy.synced == true else { return resume + "Drop it and make it anew with \"slotscope plan\"." }
    return resume
      + (canSynchronize && standbySettings.bool("sync_replication_slots") == true
        ? "Synchronization drops it and makes it anew."
        : "Synchronization drops it and makes it anew once it is set up (\"slotscope plan\").")
  }

  /// What to do where the primary does not make consumers wait for this standby (A14).
  var toHoldConsumersBack: String {
    if let tooLateToSet { return tooLateToSet }
    let listed = primarySettings.names("synchronized_standby_slots") ?? []
    let name = standbySettings.text("primary_slot_name") ?? ""
    if let physicalSlot, physicalSlot.invalidation != nil { return LostPhysicalSlot(version).remedy }
    guard physicalSlot == nil else {
      return listed.isEmpty
        ? "Set synchronized_standby_slots to \(name) and reload the primary."
        : "Add \(name) to synchronized_standby_slots, which names \(listed.joined(separator: ", ")), and reload the primary."
    }
    guard !name.isEmpty else {
      return listed.isEmpty
        ? "Give this standby a physical slot on the primary (primary_slot_name), and name it in synchronized_standby_slots there."
        : "Set primary_slot_name on this standby to its physical slot on the primary, which synchronized_standby_slots has to name (\(listed.joined(separator: ", ")) now)."
    }
    return listed.contains(name)
      ? "Make the physical slot \(name) on the primary: synchronized_standby_slots names it already, and consumers of failover slots wait for it."
      : "Make the physical slot \(name) on the primary, and name it in synchronized_standby_slots there."
  }
}
