package import Evidence
package import PostgresFormat

/// A cluster that is to be upgraded by pg_upgrade, and the new one, where that is there already.
package struct UpgradeCase: Sendable {
  /// The old cluster.
  package var old: Evidence
  /// The new, empty one; nil where it was not given.
  package var new: Evidence?
  /// The major version to upgrade to.
  package var to: ServerVersion
  /// What its slots have not confirmed; nil where no WAL was read.
  package var unread: [UnreadWAL]?

  /// The libraries of the new version, without their suffix; nil where nobody looked.
  package var installedPlugins: Set<String>?

  /// Without WAL that was read.
  package init(old: Evidence, new: Evidence? = nil, to: ServerVersion, unread: [UnreadWAL]? = nil) {
    (self.old, self.new, self.to, self.unread) = (old, new, to, unread)
  }

  /// Logical slots and subscriptions are looked at.
  var isCarried: Bool { old.version?.has(.upgradeCarriesSlots) == true }

  /// Those that pg_upgrade knows of: a temporary one is left out.
  var logicalSlots: [SlotEvidence] {
    old.slots.filter { slot in slot.state.map { $0.isLogical && $0.persistency == .persistent } ?? false }
  }

  /// Those that no version carries over; the launcher's own slot is made anew by itself.
  var physicalSlots: [SlotState] {
    old.slots.compactMap(\.state).filter {
      !$0.isLogical && $0.persistency == .persistent && $0.name != Self.conflictSlotName
    }
  }

  /// The slot that the launcher keeps for subscriptions with retain_dead_tuples (19).
  var hasConflictSlot: Bool {
    old.version?.has(.conflictDetectionSlot) == true
      && old.slots.contains { $0.state?.name == Self.conflictSlotName && $0.state?.isLogical == false }
  }

  /// `CONFLICT_DETECTION_SLOT`.
  static let conflictSlotName = "pg_conflict_detection"
}
