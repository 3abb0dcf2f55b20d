/// A slot of the primary for which the plan has no step.
package struct PlanExclusion: Sendable, Hashable, Codable {
  package enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
    /// The files prove that its consumer goes on after a promotion.
    case ready
    /// The new primary has a valid slot of that name, database and plugin, but nothing proves that it is safe.
    case alreadyThere = "already_there"
    /// A temporary slot, or one that was being made: it is gone with its session by design.
    case notPersistent = "not_persistent"
    /// The operator's filter does not select it.
    case notSelected = "not_selected"
    /// The primary has given the slot up: its consumer has to resynchronise.
    case lost
    /// The standby has a slot of that name that is another one.
    case nameTaken = "name_taken"
    /// 17 and later: the standby has a synchronised copy, which only its synchronisation may change.
    case synchronised
    /// The database's name could not be read from the catalog, or takes no connections.
    case databaseUnknown = "database_unknown"
    /// The primary's state file is damaged: what slot it was is not known.
    case unreadable
  }
  package var slotName: String
  package var reason: Reason
  package init(slotName: String, reason: Reason) { (self.slotName, self.reason) = (slotName, reason) }

  /// Whether nobody has to do anything about the slot's consumer.
  package var isHarmless: Bool { reason == .ready || reason == .notPersistent || reason == .notSelected }
}
