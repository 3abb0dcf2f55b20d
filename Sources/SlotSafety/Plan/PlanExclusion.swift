/// A slot of the primary for which the plan has no step.
package struct PlanExclusion: Sendable, Hashable {
  /// Why; in documents under these names.
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    /// The files prove that its consumer goes on after a promotion.
    case ready
    /// The new primary has a valid slot of that name, database and plugin, but nothing proves that it is safe.
    case alreadyThere = "already_there"
    /// A temporary slot, or one that was being made: it is gone with its session by design.
    case notPersistent = "not_persistent"
    /// The operator's filter does not select it.
    case notSelected = "not_selected"
    /// The slot was invalidated on the primary: its consumer has to resynchronize.
    case lost
    /// The slot of a table's first copy, which is not a consumer's.
    case tableSynchronization = "table_synchronization"
    /// The standby has a slot of that name that is another one.
    case nameTaken = "name_taken"
    /// 17 and later: the standby has a synchronized slot, which only its synchronization may change.
    case synchronized
    /// The database's name could not be read from the catalog, or takes no connections.
    case databaseUnknown = "database_unknown"
    /// The primary's state file is damaged: what slot it was is not known.
    case unreadable
    /// The files do not prove that a slot made on the new primary would begin before its consumer misses anything.
    case notProven = "not_proven"
    /// The same while a server runs on the primary's directory: then nothing can be proven yet.
    case primaryRuns = "primary_runs"
  }
  /// As the primary's state file has it, unchecked.
  package var slotName: String
  /// The first that applies.
  package var reason: Reason
  /// What exactly stands against it, where the reason alone does not say.
  package var detail: String?
  /// What would settle it.
  package var remedy: String?
  /// The database of the slot, and what its consumer may miss or hold in excess there.
  package var database: String?
  /// nil where the evidence does not tell.
  package var exposure: Exposure?
  /// The rest is added where there is more to say.
  package init(slotName: String, reason: Reason) { (self.slotName, self.reason) = (slotName, reason) }

  /// Whether nobody has to do anything about the slot's consumer.
  package var isHarmless: Bool { [.ready, .notPersistent, .notSelected, .tableSynchronization].contains(reason) }

  /// What its consumer may miss, or hold in excess.
  package var changes: CommittedChanges? {
    guard let missed = exposure?.missed else { return exposure?.vanished }
    return exposure?.vanished.map { missed.joined(with: $0) } ?? missed
  }

  /// The slot's consumer loses its place, or what a slot that is there would send it is not proven to be all.
  package var announcesLoss: Bool {
    reason == .notProven || reason == .lost || reason == .alreadyThere && changes != nil
  }
}
